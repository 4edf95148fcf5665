// npm run bench -- memory: what an instance takes with 10,000 calls in flight and with 5,000 idle connections. Resident
// memory is read from /proc, so Linux only.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { renderTable } from '../src/core/table.ts'
import { startGatewayProcess } from '../test/harness/gateway-process.ts'
import { until } from '../test/harness/until.ts'
import { freePort } from '../test/peers/ports.ts'
import { residentMb } from './proc.ts'
import { INTERFACE, mapRequests } from './requests.ts'
import { script } from './targets.ts'

const CALLS = 10_000
const IDLE = 5000
const BUDGET_MB = 256
/** Connections to one origin are 4096 at most: four origins take all calls at once. */
const ORIGINS = 4
/** Consumers' connections of the calls. */
const CONNECTIONS = 10
const WAIT_MS = 120_000
const HEARTBEAT = Buffer.from('dabbe2000000000000000001000000014e', 'hex')
const REPLY = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{"predictions":[[2]]}'
)
const HEAD_END = Buffer.from('\r\n\r\n')

/** Models that keep every request until they are told to answer. */
interface Models {
  readonly origins: string[]
  held(): number
  release(): void
  close(): void
}

/** Which calls are under way: all of them at the models, or most of them waiting for one of a few connections. */
interface Scene {
  readonly name: string
  readonly connections: number
  readonly atModels: number
}

const SCENES: readonly Scene[] = [
  { name: 'all at the model', connections: CALLS / ORIGINS, atModels: CALLS },
  { name: '1,024 at the model, the others waiting', connections: 256, atModels: 256 * ORIGINS }
]

/** Prints one table; exits with 1 when an instance with 10,000 calls in flight is over its budget. */
export async function benchMemory(): Promise<void> {
  const rows: Record<string, string | number>[] = []
  for (const scene of SCENES) rows.push(...(await measure(scene)))
  console.log(renderTable(rows))
  const most = Math.max(
    ...rows.filter(({ when }) => String(when).includes('in flight')).map((row) => Number(row['RSS MB']))
  )
  // What a process takes before its first call is in it; the rows `at rest` tell how much.
  const verdict = most <= BUDGET_MB ? 'kept' : 'NOT KEPT'
  console.log(`budget ${BUDGET_MB} MB resident at ${CALLS} calls in flight: ${verdict}, ${most} MB`)
  if (most > BUDGET_MB) process.exitCode = 1
}

async function measure(scene: Scene): Promise<Record<string, string | number>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-bench-'))
  const probed = join(folder, 'memory.jsonl')
  writeFileSync(probed, '')
  const models = await startModels()
  const port = await freePort()
  writeFiles(folder, port, models.origins, scene)
  // The instance is a grandchild and has our environment.
  process.env['BENCH_MEMORY_FILE'] = probed
  process.env['NODE_OPTIONS'] = `--import ${script('memory-probe.ts')}`
  const gateway = await startGatewayProcess(join(folder, 'gateway.yaml')).finally(() => {
    delete process.env['NODE_OPTIONS']
  })
  const pid = Number(/"pid":(\d+),"msg":"instance ready"/.exec(gateway.log())?.[1])
  const inFlight = async (): Promise<number> => {
    const { text } = await gateway.observe('/metrics')
    return Number(/^abox_in_flight\{.*\} (\d+)$/m.exec(text)?.[1])
  }
  const rows: Record<string, string | number>[] = []
  const note = async (when: string): Promise<void> => {
    const resident = residentMb(pid)
    const lines = (): string[] => readFileSync(probed, 'utf8').trimEnd().split('\n')
    const before = lines().length
    const first = lines()[0] === ''
    process.kill(pid, 'SIGUSR2')
    await until('the probe', () => (first ? lines()[0] !== '' : lines().length > before))
    const { heap, buffers } = JSON.parse(lines().at(-1) ?? '{}') as { heap: number; buffers: number }
    const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
    rows.push({ scene: scene.name, when, 'RSS MB': resident, 'heap MB': mb(heap), 'buffers MB': mb(buffers) })
  }
  const sockets: Socket[] = []
  try {
    await note('at rest')
    const answered = await callAll(port, sockets)
    await until(
      'all calls in flight',
      async () => models.held() === scene.atModels && (await inFlight()) === CALLS,
      WAIT_MS
    )
    await note(`${CALLS} calls in flight`)
    await until(
      'all answers',
      () => {
        models.release()
        return answered() === CALLS
      },
      WAIT_MS
    )
    await note('all answered')
    await openIdle(port, sockets)
    await note(`${IDLE} idle connections`)
    for (const socket of sockets) socket.destroy()
    await until('all connections closed', async () =>
      /^abox_connections\{.*\} 0$/m.test((await gateway.observe('/metrics')).text)
    )
    await note('afterwards')
    return rows
  } finally {
    for (const socket of sockets) socket.destroy()
    models.close()
    await gateway.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

function writeFiles(folder: string, port: number, endpoints: readonly string[], { connections }: Scene): void {
  const variant = { name: 'only', cluster: 'legacy', protocol: 'tensorflow', endpoints, path: '/predict' }
  const documents = [
    { kind: 'Service', interface: INTERFACE, methods: [{ name: 'predict', model: 'held', timeoutMs: 600_000 }] },
    { kind: 'Model', name: 'held', variants: [variant] }
  ]
  writeFileSync(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
  const config = {
    name: 'bench',
    dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
    documents: { kind: 'file', path: 'documents.yaml' },
    records: { kind: 'file', path: 'calls.jsonl' },
    upstream: { connections, maxWaiting: CALLS, connectTimeoutMs: 60_000 },
    endpoints: { maxInFlight: CALLS, probeIntervalMs: 600_000 },
    // A lone caller gets four fifths.
    limits: { inFlight: CALLS * 1.25, memoryMb: 4096 },
    supervisor: { hangMs: 60_000, spare: false }
  }
  writeFileSync(join(folder, 'gateway.yaml'), stringify(config))
}

async function startModels(): Promise<Models> {
  const waiting = new Set<Socket>()
  const all = new Set<Socket>()
  const servers: Server[] = []
  for (let n = 0; n < ORIGINS; n++) {
    const server = createServer({ noDelay: true }, (socket) => {
      let pending: Buffer = Buffer.alloc(0)
      all.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        waiting.delete(socket)
        all.delete(socket)
      })
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk])
        const head = pending.indexOf(HEAD_END)
        const length = /content-length: *(\d+)/i.exec(pending.toString('latin1', 0, Math.max(0, head)))?.[1]
        if (head < 0 || pending.length < head + 4 + Number(length ?? 0)) return
        pending = Buffer.alloc(0)
        waiting.add(socket)
      })
    })
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
    await once(server, 'listening')
    servers.push(server)
  }
  return {
    origins: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    held: () => waiting.size,
    release() {
      const sockets = [...waiting]
      waiting.clear()
      for (const socket of sockets) socket.write(REPLY)
    },
    close() {
      for (const server of servers) server.close()
      for (const socket of all) socket.destroy()
    }
  }
}

/** Sends all calls over a few connections; gives how many answers have come. */
async function callAll(port: number, sockets: Socket[]): Promise<() => number> {
  const templates = mapRequests('predict', 600_000).dubbo.map((text) => Buffer.from(text, 'base64'))
  let answers = 0
  for (let n = 0; n < CONNECTIONS; n++) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    sockets.push(socket)
    let pending: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      for (let end = 16; pending.length >= 16; ) {
        end = 16 + pending.readInt32BE(12)
        if (pending.length < end) break
        // Status 20 and a value; heartbeats of the gateway are no answers.
        if (pending[3] === 20 && (pending[16] === 0x91 || pending[16] === 0x94)) answers++
        pending = pending.subarray(end)
      }
    })
    for (let id = 0; id < CALLS / CONNECTIONS; id++) {
      const frame = Buffer.from(templates[id % templates.length] as Buffer)
      frame.writeUInt32BE(id, 8)
      socket.write(frame)
    }
  }
  return () => answers
}

/** Connections on which nothing but one heartbeat has gone to and fro. */
async function openIdle(port: number, sockets: Socket[]): Promise<void> {
  let beats = 0
  for (let done = 0; done < IDLE; done += 100) {
    const part = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'))
    sockets.push(...part)
    await Promise.all(part.map((socket) => once(socket, 'connect')))
    for (const socket of part) {
      socket.once('data', () => beats++)
      socket.write(HEARTBEAT)
    }
    await until('their heartbeats', () => beats === done + 100)
  }
}
