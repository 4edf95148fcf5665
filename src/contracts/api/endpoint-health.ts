import Type, { type Static } from 'typebox'

/** How the endpoint of a third party is, as the replica that answers sees it. */
export const EndpointHealth = Type.Object({
  state: Type.Enum(['well', 'unwell', 'unknown', 'offline'], {
    description: '`unknown`: not asked yet; `offline`: its document says so, and it is not asked'
  }),
  since: Type.Optional(Type.Number({ description: 'ms since 1970; absent: unknown' })),
  why: Type.String({ description: 'Of one that is unwell, and nothing of its answer but the status; otherwise empty' })
})
export type EndpointHealth = Static<typeof EndpointHealth>

/** The same in a list, by the name of the endpoint. */
export const NamedEndpointHealth = Type.Object({ key: Type.String(), ...EndpointHealth.properties })
export type NamedEndpointHealth = Static<typeof NamedEndpointHealth>
