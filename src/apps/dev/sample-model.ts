import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe } from '#core/errors'

/** A model server that really computes, in the shapes of the four protocols: for the demo, for trying, for tests. */
export interface SampleModel {
  readonly origin: string
  readonly port: number
  /** Calls answered, by path. */
  calls(): ReadonlyMap<string, number>
  close(): Promise<void>
}

/** One thing to score: a list of features, or a map of them. */
type Features = readonly number[] | Readonly<Record<string, unknown>>

const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * The model doubles each feature; its own scalar score is their sum. Paths: `POST /v1/models/<name>:predict`
 * (tensorflow), `POST /api/v1.0/predictions` (seldon), `POST /v2/models/<name>/infer` (v2), `POST /raw`. A feature
 * list with the text "fail" makes it answer 500, so that errors can be tried. `delayMs` is the model's thinking time.
 */
export async function startSampleModel(options: {
  host?: string
  port?: number
  delayMs?: number
}): Promise<SampleModel> {
  const { host = '127.0.0.1', port = 0, delayMs = 0 } = options
  const calls = new Map<string, number>()
  const server = createServer((request, response) => {
    readBody(request)
      .then(async (body) => {
        const path = request.url ?? '/'
        calls.set(path, (calls.get(path) ?? 0) + 1)
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
        const [status, answer] = route(request.method ?? 'GET', path, body)
        send(response, status, answer)
      })
      .catch((error: unknown) => send(response, 400, { error: describe(error) }))
  })
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    origin: `http://${host}:${bound}`,
    port: bound,
    calls: () => calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function route(method: string, path: string, body: string): [number, unknown] {
  if (method === 'GET') return ready(path)
  const request = JSON.parse(body) as Record<string, unknown>
  if (body.includes('"fail"')) return [500, { error: 'the sample model was told to fail' }]
  if (/^\/v1\/models\/[^/]+:predict$/.test(path)) {
    return [200, { predictions: (request['instances'] as Features[]).map(double) }]
  }
  if (path === '/api/v1.0/predictions') return [200, seldon(request)]
  if (/^\/v2\/models\/[^/]+\/infer$/.test(path)) return [200, v2(path, request)]
  if (path === '/raw') return [200, double(request as Features)]
  return [404, { error: `unknown path ${path}` }]
}

function ready(path: string): [number, unknown] {
  if (path.startsWith('/v1/models/')) return [200, { model_version_status: [{ version: '1', state: 'AVAILABLE' }] }]
  if (path === '/ready' || /^\/v2\/(health|models)\//.test(path)) return [200, {}]
  return [404, { error: `unknown path ${path}` }]
}

function seldon(request: Record<string, unknown>): unknown {
  const data = request['data'] as { ndarray?: unknown } | undefined
  if (data?.ndarray !== undefined)
    return { data: { names: ['score'], ndarray: double(data.ndarray as Features) }, meta: {} }
  return { jsonData: double(request['jsonData'] as Features), meta: {} }
}

function v2(path: string, request: Record<string, unknown>): unknown {
  const inputs = request['inputs'] as { data: number[]; shape: number[]; datatype: string }[]
  const first = inputs[0]
  if (first === undefined) return { error: 'inputs is empty' }
  const output = { name: 'score', shape: first.shape, datatype: first.datatype, data: double(first.data) }
  return { model_name: path.split('/')[3], outputs: [output] }
}

/** Twice every number, at any depth; what is no number stays. */
function double(features: unknown): unknown {
  if (typeof features === 'number') return features * 2
  if (Array.isArray(features)) return features.map(double)
  if (typeof features !== 'object' || features === null) return features
  return Object.fromEntries(Object.entries(features).map(([name, value]) => [name, double(value)]))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) throw new Error(`body longer than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  const body = JSON.stringify(answer)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
