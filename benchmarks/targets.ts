import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { startGatewayProcess } from '../test/harness/gateway-process.ts'
import { until } from '../test/harness/until.ts'
import { freePort } from '../test/peers/ports.ts'
import { INTERFACE } from './requests.ts'

/** A running program that load is sent to. */
export interface Target {
  readonly pid: number
  readonly port: number
}

/** The programs of one benchmark of calls, in processes of their own, and their files. */
export interface Targets {
  /** Gone after `close`. */
  readonly folder: string
  /** Starts a model that answers after a delay; gives its port. */
  startModel(delayMs: number): Promise<number>
  /** Starts one gateway instance before two models (ports). */
  startGateway(fast: number, slow: number): Promise<Target>
  /** Starts nginx before a model (port). */
  startNginx(model: number): Promise<Target>
  /** Stops all of them. */
  close(): Promise<void>
}

export function openTargets(): Targets {
  const folder = mkdtempSync(join(tmpdir(), 'abox-bench-'))
  const stops: Stop[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })]
  return {
    folder,
    startModel: (delayMs) => startModel(delayMs, stops),
    startGateway: (fast, slow) => startGateway(folder, fast, slow, stops),
    startNginx: (model) => startNginx(folder, model, stops),
    close: async () => {
      for (const stop of stops.reverse()) await stop()
    }
  }
}

type Stop = () => Promise<unknown> | unknown

/** The full path of a file of this folder. */
export const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

async function startModel(delayMs: number, stops: Stop[]): Promise<number> {
  const child = spawn(process.execPath, [script('model.ts'), '0', String(delayMs)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  stops.push(() => child.kill())
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return Number(/READY (\d+)/.exec(chunk.toString('utf8'))?.[1])
}

async function startGateway(folder: string, fast: number, slow: number, stops: Stop[]): Promise<Target> {
  const port = await freePort()
  const variant = (at: number): object => ({
    name: 'only',
    cluster: 'legacy',
    protocol: 'tensorflow',
    endpoints: [`http://127.0.0.1:${at}`],
    path: '/predict'
  })
  const documents = [
    {
      kind: 'Service',
      interface: INTERFACE,
      methods: [
        { name: 'predict', model: 'fast', timeoutMs: 5000 },
        { name: 'hooked', model: 'fast', hook: 'features', timeoutMs: 5000 },
        { name: 'slow', model: 'slow', timeoutMs: 5000 }
      ]
    },
    { kind: 'Model', name: 'fast', variants: [variant(fast)] },
    { kind: 'Model', name: 'slow', variants: [variant(slow)] },
    { kind: 'Hook', name: 'features', versions: [{ file: 'features.js' }] }
  ]
  writeFileSync(join(folder, 'features.js'), HOOK)
  writeFileSync(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
  writeFileSync(
    join(folder, 'gateway.yaml'),
    stringify({
      name: 'bench',
      dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
      documents: { kind: 'file', path: 'documents.yaml' },
      records: { kind: 'file', path: 'calls.jsonl' },
      // As a hook runs once it is proven; what it costs before that is a part of `bench -- hooks`.
      hooks: { placement: 'instance' },
      log: { level: 'info' }
    })
  )
  const gateway = await startGatewayProcess(join(folder, 'gateway.yaml'))
  stops.push(() => gateway.stop())
  return { port, pid: Number(/"pid":(\d+),"msg":"instance ready"/.exec(gateway.log())?.[1]) }
}

/** Looks at every feature and makes a new request of them, as feature hooks do. */
const HOOK = `
export function pre (call) {
  const features = {}
  for (const [name, value] of Object.entries(call.args[0])) features[name] = typeof value === 'number' ? value * 0.5 : value
  return { body: { instances: [features] } }
}
export function post (reply) {
  return { score: reply.body.predictions[0].score, label: reply.body.predictions[0].label }
}
`

async function startNginx(folder: string, model: number, stops: Stop[]): Promise<Target> {
  const port = await freePort()
  const config = readFileSync(script('nginx.conf'), 'utf8')
    .replaceAll('@FOLDER@', folder)
    .replaceAll('@PORT@', String(port))
    .replaceAll('@MODEL@', String(model))
  writeFileSync(join(folder, 'nginx.conf'), config)
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
  stops.push(() => child.kill())
  await until('nginx to listen', () => isOpen(port))
  return { port, pid: child.pid ?? 0 }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
