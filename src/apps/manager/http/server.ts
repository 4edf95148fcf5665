import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { AboxError, describe } from '#core/errors'
import { managerErrors } from '../errors.ts'
import { createManagerMetrics } from '../metrics.ts'
import type { Api, ApiParts } from './api.ts'
import { identifyAll } from './identify.ts'
import { swaggerOptions } from './openapi.ts'
import { problemOf } from './problem.ts'
import { readJsonBodies } from './read-json.ts'
import { auditRoutes } from './routes/audit.ts'
import { bundleRoutes } from './routes/bundles.ts'
import { documentRoutes } from './routes/documents.ts'
import { operationRoutes } from './routes/operations.ts'
import { revisionRoutes } from './routes/revisions.ts'
import { sessionRoutes } from './routes/session.ts'
import { splitRoutes } from './routes/split.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { userRoutes } from './routes/users.ts'
import { compileSchema } from './validate.ts'

/** Longest body, bytes; a document has at most half of it. */
const BODY_BYTES = 1024 * 1024
/** How long the whole of a request may take to arrive, ms. */
const ARRIVES_WITHIN_MS = 10_000
/** How often it is looked for those that took longer, ms. */
const LOOK_MS = 500
/** How long those that still send or do not read may hold up the end, ms. */
const ENDS_WITHIN_MS = 2000

export interface ManagerServerOptions extends ApiParts {
  /** Whose X-Forwarded-For is believed. */
  readonly proxies: readonly string[]
  /** How long the whole of a request may take to arrive, ms; 10 s unless given. */
  readonly arrivesWithinMs?: number
}

/** The API, ready to listen. Whoever adds routes gets `api`, before it listens. */
export async function createManagerServer(options: ManagerServerOptions): Promise<Api> {
  const { log, proxies, authenticator, arrivesWithinMs = ARRIVES_WITHIN_MS } = options
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    // Node takes the longer of the two for the body, so both have to be said.
    http: { headersTimeout: arrivesWithinMs, requestTimeout: arrivesWithinMs, connectionsCheckingInterval: LOOK_MS },
    requestTimeout: arrivesWithinMs,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    trustProxy: proxies.length === 0 ? false : [...proxies],
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    routerOptions: { maxParamLength: 1024 },
    // HEAD of a stream would never end.
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler: refuseRaw
  })
  server.setValidatorCompiler(compileSchema as never)
  server.setSerializerCompiler(() => (data) => JSON.stringify(data))
  // JSON alone: what a form of a foreign page can send is refused before it is read.
  server.removeContentTypeParser('text/plain')
  readJsonBodies(server)
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = sendProblem(error, request, reply)
    if (problem.status >= 500) log.error({ request: request.id, error: textOf(error) }, 'request failed')
  })
  server.setNotFoundHandler((request, reply) => {
    // Not the URL itself: it is the sender's text.
    sendProblem(new AboxError(managerErrors.ABOX_NOT_FOUND, `no ${request.method} of this path`), request, reply)
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('cache-control', 'no-store')
  })
  await server.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } })
  await server.register(swagger, swaggerOptions(options.cookie.name))
  const identities = identifyAll(server, authenticator)
  const metrics = createManagerMetrics()
  server.addHook('preClose', async () => {
    // Node has stopped to look for slow senders by then.
    const cut = setTimeout(() => server.server.closeAllConnections(), ENDS_WITHIN_MS)
    server.server.on('close', () => clearTimeout(cut))
  })
  server.addHook('onResponse', async ({ routeOptions, method, id }, reply) => {
    const route = routeOptions.url ?? '-'
    metrics.observe(route, method, reply.statusCode, reply.elapsedTime / 1000)
    if (method !== 'GET') log.info({ request: id, method, route, status: reply.statusCode }, 'answered')
  })
  const api: Api = { ...options, ...identities, server, metrics }
  operationRoutes(api, metrics)
  sessionRoutes(api)
  userRoutes(api)
  tokenRoutes(api)
  documentRoutes(api)
  revisionRoutes(api)
  splitRoutes(api)
  bundleRoutes(api)
  auditRoutes(api)
  return api
}

/** Throws ABOX_MANAGER_LISTEN. Gives the port. */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    const where = `http.port: ${host}:${port}: ${describe(error)}`
    throw new AboxError(managerErrors.ABOX_MANAGER_LISTEN, where, { cause: error })
  }
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** Of the proxy before us, where it is a plain one. */
function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID()
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): { readonly status: number } {
  const { retryAfter, ...problem } = problemOf(error, request.id)
  // What the router refuses has seen no hook.
  reply.header('x-request-id', request.id)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="abox"')
  reply.code(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem))
  return problem
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : describe(error))

/** What is no HTTP has no request to answer. */
function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const thrown = new AboxError(managerErrors.ABOX_REQUEST_INVALID, 'found no HTTP request that can be read')
  const body = JSON.stringify({ ...problemOf(thrown, randomUUID()), status })
  const answer = `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  // Its sender may never end its half.
  socket.end(answer, () => socket.destroy())
}
