import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from 'node:http'

/** What a model server of a test answers; it may also misbehave with the response itself and return nothing. */
export type ModelHandler = (
  request: { path: string; host: string; body: string; headers: IncomingHttpHeaders },
  response: ServerResponse
) => unknown

export interface ModelServer {
  readonly origin: string
  /** Bodies received, oldest first. */
  readonly bodies: string[]
  /** Replaces what it answers. */
  handle(handler: ModelHandler): void
  close(): Promise<void>
}

/** A real HTTP server on a free port of loopback. A value that the handler returns is sent as JSON with status 200. */
export async function startModelServer(first: ModelHandler): Promise<ModelServer> {
  let handler = first
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void respond(request, response, bodies, (...args) => handler(...args))
  })
  server.keepAliveTimeout = 60_000
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    bodies,
    handle(next) {
      handler = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  bodies: string[],
  handler: ModelHandler
): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    // The gateway went away in mid-request: the test sees that from its own side.
    return
  }
  const body = Buffer.concat(chunks).toString('utf8')
  bodies.push(body)
  const { headers, url: path = '' } = request
  const answer = handler({ path, host: headers.host ?? '', body, headers }, response)
  if (answer === undefined) return
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
