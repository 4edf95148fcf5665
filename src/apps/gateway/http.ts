import Fastify, { type FastifyInstance } from 'fastify'
import { AboxError, describe } from '#core/errors'
import { gatewayErrors } from './errors.ts'
import { createHookEnabler } from './hooks/enable.ts'
import { mergeMetrics } from './metrics.ts'
import { isReady } from './supervisor/status.ts'
import type { Supervisor } from './supervisor/supervisor.ts'

/** What both ports show. */
export type Observed = Pick<Supervisor, 'metrics' | 'states' | 'status' | 'tellHooks'>

/** Read-only, on the pod's address: `/metrics`, `/healthz`, `/readyz`. */
export function createObservabilityServer(observed: Observed): FastifyInstance {
  const server = Fastify({ logger: false, bodyLimit: 1024, requestTimeout: 10_000 })
  server.get('/metrics', async (_request, reply) => {
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return mergeMetrics(await observed.metrics())
  })
  server.get('/healthz', () => ({ status: 'ok' }))
  server.get('/readyz', (_request, reply) => {
    const status = observed.status()
    reply.code(isReady(status) ? 200 : 503)
    return { status: status.state, instances: status.instances.map(({ index, state }) => ({ index, state })) }
  })
  return server
}

/** Only on loopback: what changes something, or shows more than a probe needs. */
export function createAdminServer(
  observed: Observed,
  { drain, restart }: { readonly drain: () => void; readonly restart: () => Promise<void> }
): FastifyInstance {
  const server = Fastify({ logger: false, bodyLimit: 64 * 1024, requestTimeout: 10_000 })
  server.addHook('onRequest', async (request, reply) => {
    // A page whose name was pointed at 127.0.0.1 is same-origin to a browser, but it cannot choose another Host.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
      await reply.code(403).send({ error: 'the admin API answers to 127.0.0.1 and localhost only' })
      return
    }
    // A form of a foreign page cannot set this header.
    if (request.method !== 'GET' && request.headers['x-abox-admin'] === undefined) {
      await reply.code(403).send({ error: 'send the header x-abox-admin: 1 with every change' })
    }
  })
  server.get('/state', () => observed.status())
  server.get('/instances', () => observed.states())
  server.get('/documents', async () => {
    const states = await observed.states()
    return states.map(({ id, applied, refused, hooks }) => ({ instance: id, applied, refused, hooks }))
  })
  const enableHook = createHookEnabler(observed)
  server.post('/hooks/enable', async (request, reply) => {
    const { code, answer } = await enableHook(request.body)
    reply.code(code)
    return answer
  })
  server.post('/restart', async (_request, reply) => {
    try {
      await restart()
      reply.code(202)
    } catch (error) {
      const { code, message } = AboxError.from(error)
      reply.code(code === gatewayErrors.ABOX_ROLLOUT.code ? 409 : 400)
      return { error: message, rollout: observed.status().rollout }
    }
    return { status: 'started', rollout: observed.status().rollout }
  })
  server.post('/drain', (_request, reply) => {
    drain()
    reply.code(202)
    return { status: 'draining' }
  })
  return server
}

/** Throws ABOX_LISTEN naming the key of the configuration. */
export async function listen(server: FastifyInstance, host: string, port: number, key: string): Promise<number> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    throw new AboxError(gatewayErrors.ABOX_LISTEN, `${key}: ${host}:${port}: ${describe(error)}`, { cause: error })
  }
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
