import Type, { type Static } from 'typebox'

/** `draining`: it is to be offline and still has consumers or calls; `drained`: it has none. */
const STATES = ['ready', 'behind', 'refused', 'silent', 'unreadable', 'unregistered', 'draining', 'drained'] as const

/** What an instance had to do in the last second that it told of. */
export const ServerLoad = Type.Object({
  callsPerSecond: Type.Integer(),
  inFlight: Type.Integer(),
  connections: Type.Integer(),
  offline: Type.Boolean({ description: 'It has left the registry' }),
  lost: Type.Integer({ description: 'Summaries that did not come' })
})
export type ServerLoad = Static<typeof ServerLoad>

/** A gateway or worker as `GET …/servers` lists it. */
export const Server = Type.Object({
  instance: Type.String(),
  role: Type.Enum(['gateway', 'worker']),
  state: Type.Enum([...STATES]),
  why: Type.Optional(Type.String({ description: 'Why it is in that state' })),
  address: Type.Optional(Type.String()),
  epoch: Type.Optional(Type.Integer({ description: 'When it began, ms since 1970' })),
  documents: Type.Optional(Type.Integer({ description: 'How many it runs' })),
  newest: Type.Optional(Type.Integer({ description: 'The greatest generation of them' })),
  order: Type.Optional(
    Type.Object({ offline: Type.Literal(true), by: Type.String(), reason: Type.String(), at: Type.Integer() })
  ),
  load: Type.Optional(ServerLoad)
})
export type Server = Static<typeof Server>

/** All that are there, by their names. */
export const ServerList = Type.Object({ items: Type.Array(Server) })
export type ServerList = Static<typeof ServerList>

/** What an instance was told: the answer to `POST …/servers/<instance>/offline` and `/online`. */
export const ServerOrder = Type.Object({
  instance: Type.String(),
  offline: Type.Boolean(),
  generation: Type.Integer({ description: 'Of the order; it grows with each one' })
})
export type ServerOrder = Static<typeof ServerOrder>
