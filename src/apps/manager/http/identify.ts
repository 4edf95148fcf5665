import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { Authenticator, Credentials } from '../identity/authenticator.ts'
import type { Principal } from '../identity/principal.ts'
import type { Tables } from '../store/schema.ts'

export const credentialsOf = (request: FastifyRequest): Credentials => ({
  method: request.method,
  headers: request.headers,
  address: request.ip,
  request: request.id,
  isStream: (request.routeOptions.config as { readonly stream?: boolean }).stream === true
})

/** Whether the route says that anybody may call it. */
const isPublic = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly public?: boolean }).public === true

const isForGateways = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly gateways?: boolean }).gateways === true

/** Who sends the requests of a server. */
export interface Identities {
  /** As it was when the head of the request had come, or when `confirm` was asked last. */
  principalOf(request: FastifyRequest): Principal
  /**
   * Finds out anew, by the `db` of a `write`: while the rest of a request arrived, or an endpoint was tried, its sender may
   * have been disabled or have lost his role. From then on `principalOf` gives the same. Rejects as `authenticate`.
   */
  confirm(request: FastifyRequest, db: Kysely<Tables>): Promise<Principal>
}

/**
 * Every route of the server has to know who asks, unless it says `config: PUBLIC`; tokens of
 * gateways are for routes with `config: FOR_GATEWAYS` alone, and `config: STREAM` keeps no session alive.
 */
export function identifyAll(server: FastifyInstance, authenticator: Authenticator): Identities {
  const principals = new WeakMap<FastifyRequest, Principal>()
  const identify = async (request: FastifyRequest, db?: Kysely<Tables>): Promise<Principal> => {
    const principal = await authenticator.authenticate(credentialsOf(request), db)
    if (principal.gateway !== undefined && !isForGateways(request)) {
      throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'found a token for gateways, which does nothing else')
    }
    principals.set(request, principal)
    return principal
  }
  server.addHook('onRequest', async (request) => {
    // Nothing is behind a path that there is not.
    if (!request.is404 && !isPublic(request)) await identify(request)
  })
  return {
    principalOf(request) {
      const principal = principals.get(request)
      if (principal === undefined) throw new Error('a public route asks who calls it')
      return principal
    },
    confirm: identify
  }
}
