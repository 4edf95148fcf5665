// Closed-loop load for one scenario: `connections` sockets with `depth` requests in flight on each, for `seconds`.
// Arguments: kind (dubbo|http), port, file with the requests (JSON list of base64), connections, depth, seconds, warm-up.
// Prints WARM when the warm-up is over, then one JSON line {calls, errors, seconds, p50, p99, max} in ms.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

const [kind, port, file = '', connections, depth, seconds, warmup] = process.argv.slice(2)
const requests = (JSON.parse(readFileSync(file, 'utf8')) as string[]).map((text) => Buffer.from(text, 'base64'))
const latencies: number[] = []
let calls = 0
let errors = 0
let next = 0
let measuring = false
let running = true

/** Starts the next request of a socket. HTTP has one in flight, Dubbo many that are told apart by their id. */
interface Lane {
  readonly socket: Socket
  readonly sentAt: Map<number, number>
  id: number
  pending: Buffer
}

function send(lane: Lane): void {
  if (!running) return
  const template = requests[next++ % requests.length] as Buffer
  const id = lane.id++
  lane.sentAt.set(id, performance.now())
  if (kind === 'http') {
    lane.socket.write(template)
    return
  }
  const frame = Buffer.from(template)
  frame.writeUInt32BE(id, 8)
  lane.socket.write(frame)
}

function done(lane: Lane, id: number, good: boolean): void {
  const sentAt = lane.sentAt.get(id)
  lane.sentAt.delete(id)
  if (measuring) {
    calls++
    if (!good || sentAt === undefined) errors++
    else latencies.push(performance.now() - sentAt)
  }
  send(lane)
}

function onDubbo(lane: Lane): void {
  for (;;) {
    const { pending } = lane
    if (pending.length < 16) return
    const end = 16 + pending.readInt32BE(12)
    if (pending.length < end) return
    // Status 20 and a value: an exception inside status 20 is no answer.
    const flag = pending[16]
    done(lane, pending.readUInt32BE(8), pending[3] === 20 && (flag === 0x91 || flag === 0x94))
    lane.pending = lane.pending.subarray(end)
  }
}

function onHttp(lane: Lane): void {
  for (;;) {
    const head = lane.pending.indexOf('\r\n\r\n')
    if (head < 0) return
    const text = lane.pending.toString('latin1', 0, head)
    const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0)
    if (lane.pending.length < head + 4 + length) return
    lane.pending = lane.pending.subarray(head + 4 + length)
    done(lane, lane.id - 1, text.startsWith('HTTP/1.1 200'))
  }
}

for (let i = 0; i < Number(connections); i++) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  const lane: Lane = { socket, sentAt: new Map(), id: 1, pending: Buffer.alloc(0) }
  socket.on('connect', () => {
    for (let k = 0; k < (kind === 'http' ? 1 : Number(depth)); k++) send(lane)
  })
  socket.on('data', (chunk: Buffer) => {
    lane.pending = lane.pending.length === 0 ? chunk : Buffer.concat([lane.pending, chunk])
    if (kind === 'http') onHttp(lane)
    else onDubbo(lane)
  })
  socket.on('error', () => errors++)
}
setTimeout(() => {
  measuring = true
  const from = performance.now()
  process.stdout.write('WARM\n')
  setTimeout(() => {
    running = false
    measuring = false
    latencies.sort((a, b) => a - b)
    const at = (part: number): number => Number((latencies[Math.floor(latencies.length * part)] ?? 0).toFixed(2))
    const measured = (performance.now() - from) / 1000
    process.stdout.write(
      `${JSON.stringify({ calls, errors, seconds: measured, p50: at(0.5), p99: at(0.99), max: at(1 - 1e-9) })}\n`
    )
    process.exit(0)
  }, Number(seconds) * 1000)
}, Number(warmup) * 1000)
