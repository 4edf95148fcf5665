import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { Authenticator, Credentials } from '../identity/authenticator.ts'
import type { Principal } from '../identity/principal.ts'

export const credentialsOf = ({ method, headers, ip, id }: FastifyRequest): Credentials => ({
  method,
  headers,
  address: ip,
  request: id
})

/** Whether the route says that anybody may call it. */
const isPublic = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly public?: boolean }).public === true

const isForGateways = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly gateways?: boolean }).gateways === true

/**
 * Every route of the server has to know who asks, unless it says `config: PUBLIC`; tokens of
 * gateways are for routes with `config: FOR_GATEWAYS` alone. Gives the function that says who it is.
 */
export function identifyAll(
  server: FastifyInstance,
  authenticator: Authenticator
): (request: FastifyRequest) => Principal {
  const principals = new WeakMap<FastifyRequest, Principal>()
  server.addHook('onRequest', async (request) => {
    // Nothing is behind a path that there is not.
    if (request.is404 || isPublic(request)) return
    const principal = await authenticator.authenticate(credentialsOf(request))
    if (principal.gateway !== undefined && !isForGateways(request)) {
      throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'found a token for gateways, which does nothing else')
    }
    principals.set(request, principal)
  })
  return (request) => {
    const principal = principals.get(request)
    if (principal === undefined) throw new Error('a public route asks who calls it')
    return principal
  }
}
