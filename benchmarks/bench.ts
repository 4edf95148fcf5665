// npm run bench [-- --rounds 3 --seconds 4]: what one call costs one gateway instance, beside what the same HTTP call
// costs nginx, in one run. CPU is user + system time of the process tree from /proc, so Linux only. Ratios travel to
// other machines, microseconds do not.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { renderTable } from '../src/core/table.ts'
import { freePort, startGatewayProcess } from '../test/harness/gateway-process.ts'
import { until } from '../test/harness/until.ts'
import { cpuSeconds, residentMb } from './proc.ts'
import { INTERFACE, mapRequests, type Requests, vectorRequests } from './requests.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seconds: { type: 'string' } }, strict: true })
const rounds = Number(values.rounds ?? 3)
const seconds = Number(values.seconds ?? 4)

interface Run {
  readonly calls: number
  readonly errors: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}

const folder = mkdtempSync(join(tmpdir(), 'abox-bench-'))
const stops: (() => Promise<unknown> | unknown)[] = [
  () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
]
async function main(): Promise<void> {
  if (spawnSync('nginx', ['-v']).status !== 0)
    throw new Error('nginx is not installed: npm run peers, or apt-get install nginx-light')
  const fast = await startModel(0)
  const slow = await startModel(20)
  const gateway = await startGateway(fast, slow)
  const nginx = await startNginx(fast)
  const files = {
    map: write('map', mapRequests('predict')),
    hook: write('hook', mapRequests('hooked')),
    vector: write('vector', vectorRequests('predict')),
    slow: write('slow', mapRequests('slow'))
  }
  const cells: Cell[] = [
    { name: 'nginx, same HTTP call, 64 connections', ...http(nginx, files.map) },
    { name: 'gateway, 20-field map, no hook, 8 × 8', ...dubbo(gateway, files.map, 8, 8) },
    { name: 'gateway, 20-field map, hook, 8 × 8', ...dubbo(gateway, files.hook, 8, 8) },
    { name: 'nginx, 1000 doubles, 64 connections', ...http(nginx, files.vector) },
    { name: 'gateway, 1000 doubles, 8 × 8', ...dubbo(gateway, files.vector, 8, 8) },
    { name: 'gateway, model 20 ms, 1 × 64', ...dubbo(gateway, files.slow, 1, 64) }
  ].map((load) => ({ ...load, results: [] }))
  for (let round = 0; round < rounds; round++) {
    // Forward and backward in turn, so that a machine that gets slower does not favour one side.
    for (const one of round % 2 === 0 ? cells : [...cells].reverse()) {
      process.stderr.write(`round ${round + 1}/${rounds}: ${one.name} …\n`)
      one.results.push(await measure(one))
    }
  }
  const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
  const cpu = cells.map(({ results }) => median(results.map(({ cpuUs }) => cpuUs)))
  const [nginxMap = 1, , , nginxVector = 1] = cpu
  const base = [nginxMap, nginxMap, nginxMap, nginxVector, nginxVector, 0]
  const rows = cells.map(({ name, results }, index) => ({
    scenario: name,
    'CPU µs/call': (cpu[index] ?? 0).toFixed(1),
    '× nginx': base[index] === 0 ? '' : ((cpu[index] ?? 0) / (base[index] ?? 1)).toFixed(2),
    'calls/s': Math.round(median(results.map((run) => run.calls / run.seconds))),
    'p50 ms': median(results.map(({ p50 }) => p50)).toFixed(1),
    'p99 ms': median(results.map(({ p99 }) => p99)).toFixed(1),
    errors: results.reduce((sum, { errors }) => sum + errors, 0)
  }))
  console.log(renderTable(rows))
  console.log(`medians of ${rounds} rounds of ${seconds} s; gateway instance ${residentMb(gateway.pid)} MB resident`)
  if (rows.some(({ errors }) => errors > 0)) process.exitCode = 1
}

/** Which load goes where, and whose CPU is counted. */
interface Load {
  readonly name: string
  readonly kind: 'http' | 'dubbo'
  readonly pid: number
  readonly port: number
  readonly file: string
  readonly connections: number
  readonly depth: number
}

interface Cell extends Load {
  readonly results: Result[]
}

interface Result extends Run {
  readonly cpuUs: number
}

interface Target {
  readonly pid: number
  readonly port: number
}

interface Files {
  readonly dubbo: string
  readonly http: string
}

function http({ pid, port }: Target, files: Files): Omit<Load, 'name'> {
  return { kind: 'http', pid, port, file: files.http, connections: 64, depth: 1 }
}

function dubbo({ pid, port }: Target, files: Files, connections: number, depth: number): Omit<Load, 'name'> {
  return { kind: 'dubbo', pid, port, file: files.dubbo, connections, depth }
}

/** CPU is taken between the end of the warm-up and the end of the load, and divided by the calls answered between. */
function measure({ kind, pid, port, file, connections, depth }: Load): Promise<Result> {
  return new Promise((resolve, reject) => {
    const args = [kind, port, file, connections, depth, seconds, 1.5].map(String)
    const child = spawn(process.execPath, [script('load.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let before = 0
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (before === 0 && text.startsWith('WARM\n')) before = cpuSeconds(pid)
      const line = text.split('\n')[1]
      if (line === undefined || !text.endsWith('}\n')) return
      const run = JSON.parse(line) as Run
      resolve({ ...run, cpuUs: ((cpuSeconds(pid) - before) / run.calls) * 1_000_000 })
    })
    child.on('exit', (code) => code !== 0 && reject(new Error(`load ended with ${code}`)))
  })
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

function write(name: string, requests: Requests): Files {
  const files = { dubbo: join(folder, `${name}.dubbo.json`), http: join(folder, `${name}.http.json`) }
  writeFileSync(files.dubbo, JSON.stringify(requests.dubbo))
  writeFileSync(files.http, JSON.stringify(requests.http))
  return files
}

async function startModel(delayMs: number): Promise<number> {
  const child = spawn(process.execPath, [script('model.ts'), '0', String(delayMs)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  stops.push(() => child.kill())
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return Number(/READY (\d+)/.exec(chunk.toString('utf8'))?.[1])
}

async function startGateway(fast: number, slow: number): Promise<Target> {
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

async function startNginx(model: number): Promise<Target> {
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

try {
  await main()
} finally {
  for (const stop of stops.reverse()) await stop()
}
