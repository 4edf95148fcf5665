// The model of a benchmark: answers every POST with the same 200 bytes after a delay. Raw sockets, because an HTTP
// framework would cost more than what is measured. Arguments: port, delay in ms. Prints READY.
import { createServer, type Socket } from 'node:net'

const [port = '0', delay = '0'] = process.argv.slice(2)
const delayMs = Number(delay)
const result = JSON.stringify({
  score: 0.731,
  label: 'buy',
  parts: [0.125, 0.5, 0.106],
  version: 17,
  note: 'x'.repeat(90)
})
const body = `{"predictions":[${result}]}`
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
)
const HEAD_END = Buffer.from('\r\n\r\n')

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = requestEnd(pending); end > 0; end = requestEnd(pending)) {
      pending = pending.subarray(end)
      if (delayMs === 0) socket.write(answer)
      else setTimeout(write, delayMs, socket)
    }
  })
})
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`READY ${typeof address === 'object' && address !== null ? address.port : port}\n`)
})

function write(socket: Socket): void {
  if (socket.writable) socket.write(answer)
}

/** Length of the first whole request in `data`, or 0. */
function requestEnd(data: Buffer): number {
  const head = data.indexOf(HEAD_END)
  if (head < 0) return 0
  const length = /content-length: *(\d+)/i.exec(data.toString('latin1', 0, head))?.[1]
  const end = head + 4 + Number(length ?? 0)
  return data.length >= end ? end : 0
}
