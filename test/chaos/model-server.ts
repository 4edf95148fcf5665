// The program of model.ts: a model server with several doors, each of which can be told how to behave.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/**
 * What a door does with a request: `ok` answers it, `slow` so many ms later; `reset` resets the connection; `half` sends
 * half of the answer and closes; `short` announces half of the answer's length and sends all of it, `long` announces one
 * byte more than it sends, and waits; `page` answers 200 with a page for people; `hang` never answers. `refuse` closes the port.
 */
export interface Behaviour {
  readonly kind: 'ok' | 'slow' | 'reset' | 'half' | 'short' | 'long' | 'page' | 'hang' | 'refuse'
  readonly ms?: number
}

/** What came to a door since the start. */
export interface DoorCounts {
  readonly requests: number
  /** Requests whose connection the other side closed before the whole answer was sent. */
  readonly abandoned: number
}

interface Door {
  readonly server: Server
  readonly port: number
  behaviour: Behaviour
  requests: number
  abandoned: number
}

const PAGE = '<html><head><title>Be right back</title></head></html>'

/** Numbers times two, texts as they are: what the checked calls of the Java consumers demand. */
function answerOf(body: string): string {
  const input = JSON.parse(body) as string | number[]
  return typeof input === 'string' ? body : JSON.stringify(input.map((feature) => feature * 2))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function respond(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  const { kind, ms } = door.behaviour
  door.requests++
  // The connection of a misbehaviour ends by the door's own doing.
  if (kind === 'ok' || kind === 'slow' || kind === 'hang') {
    response.once('close', () => {
      if (!response.writableFinished && door.behaviour.kind !== 'refuse') door.abandoned++
    })
  }
  const answer = answerOf(body)
  const head = (bytes: number): string =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`
  const half = answer.slice(0, answer.length >> 1)
  const { socket } = request
  if (kind === 'reset') socket.resetAndDestroy()
  else if (kind === 'half') socket.end(head(answer.length) + half)
  else if (kind === 'short') socket.write(head(half.length) + answer)
  else if (kind === 'long') socket.write(head(answer.length + 1) + answer)
  else if (kind === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  else if (kind === 'ok' || kind === 'slow') {
    const send = (): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
      response.end(answer)
    }
    if (ms === undefined) send()
    else setTimeout(send, ms)
  }
}

async function openDoor(wanted: number): Promise<Door> {
  const server = createServer()
  server.keepAliveTimeout = 60_000
  const port = await listen(server, wanted)
  const door: Door = { server, port, behaviour: { kind: 'ok' }, requests: 0, abandoned: 0 }
  // A request that ends in its middle is of a gateway that was killed.
  server.on('request', (request, response) => void respond(door, request, response).catch(() => request.destroy()))
  return door
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

async function behave(door: Door, behaviour: Behaviour): Promise<void> {
  door.behaviour = behaviour
  if (behaviour.kind !== 'refuse') {
    if (!door.server.listening) await listen(door.server, door.port)
    return
  }
  if (!door.server.listening) return
  door.server.close()
  door.server.closeAllConnections()
}

/** One door for each of these ports; 0 is any free one. */
async function serve(ports: readonly number[]): Promise<void> {
  const doors = await Promise.all(ports.map(openDoor))
  const control = createServer((request, response) => {
    const door = doors[Number(/^\/doors\/(\d+)$/.exec(request.url ?? '')?.[1])]
    void readBody(request).then(async (body) => {
      if (door !== undefined) await behave(door, JSON.parse(body) as Behaviour)
      response.end(JSON.stringify(doors.map(({ requests, abandoned }) => ({ requests, abandoned }))))
    })
  })
  const controlPort = await listen(control, 0)
  process.stdout.write(`${JSON.stringify({ doors: doors.map(({ port }) => port), control: controlPort })}\n`)
  // Nobody is left who could use it.
  process.stdin.on('end', () => process.exit(0)).resume()
}

if (import.meta.main) await serve(process.argv.slice(2).map(Number))
