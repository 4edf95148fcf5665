import { connect } from 'node:net'
import { readiness } from '#lib/model-protocols'
import type { Endpoint, Upstream } from '#lib/upstream'
import type { VariantTarget } from './routing-table.ts'

/** No probe takes longer, ms. */
export const PROBE_MS = 1000

/** Asks an endpoint what its variant's protocol asks for readiness, with the variant's Host and headers. Never rejects. */
export async function probeEndpoint(upstream: Upstream, target: VariantTarget, endpoint: Endpoint): Promise<boolean> {
  const { protocol, path, host = endpoint.host, headers, source } = target
  const question = readiness(protocol, path, source.health)
  if (question.path === undefined) return connects(new URL(endpoint.origin))
  try {
    const reply = await upstream.get({
      origin: endpoint.origin,
      path: question.path,
      host,
      headers,
      timeoutMs: PROBE_MS
    })
    return question.isReady(reply.status, reply.body)
  } catch {
    // Why it failed stands in the errors of calls; here it is one more failed probe.
    return false
  }
}

/** Whether a TCP connection is accepted. */
function connects({ protocol, hostname, port }: URL): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) })
  const end = (isGood: boolean): void => {
    socket.destroy()
    resolve(isGood)
  }
  socket.setTimeout(PROBE_MS, () => end(false))
  socket.once('connect', () => end(true))
  socket.once('error', () => end(false))
  return promise
}
