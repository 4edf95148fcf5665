import Type, { type Static } from 'typebox'

/** A gateway or worker as it stands in ZooKeeper. Documents go by their places, as `models/<name>`. */
export const FleetInstance = Type.Object({
  instance: Type.String(),
  role: Type.Enum(['gateway', 'worker']),
  about: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'What it says of itself; absent: it left a receipt only, or nothing that can be read'
    })
  ),
  applied: Type.Optional(
    Type.Record(Type.String(), Type.Integer(), { description: 'Generation in force by place; absent: no receipt' })
  ),
  refused: Type.Record(Type.String(), Type.String(), {
    description: 'Why a document as published is not in force; (all): the whole set'
  }),
  disabled: Type.Record(Type.String(), Type.String(), {
    description: 'Why a version of a hook is disabled, by `<hook>@<12 hex of the digest>`'
  }),
  at: Type.Optional(Type.Integer({ description: 'Of the receipt, by the clock of the instance, ms since 1970' }))
})
export type FleetInstance = Static<typeof FleetInstance>

/** An instance that does not run what is published. */
export const Alarm = Type.Object({
  instance: Type.String(),
  what: Type.Enum(['behind', 'refused', 'silent', 'unreadable'], {
    description: '`unreadable`: what stands in the place of its receipt is none'
  }),
  document: Type.String({ description: 'Its place; (all): not of one document' }),
  published: Type.Optional(Type.Integer({ description: 'Generation that is published; absent: none any more' })),
  applied: Type.Optional(Type.Integer({ description: 'Generation that it runs; absent: none' })),
  reason: Type.Optional(Type.String({ description: "Of a refusal, in the instance's words" })),
  forMs: Type.Number({ description: 'How long it has been so; 0 for a refusal and what is unreadable' })
})
export type Alarm = Static<typeof Alarm>

/** What gateways were told, and what each of them really runs: the answer to `GET …/receipts`. */
export const Receipts = Type.Object({
  leader: Type.Boolean({ description: 'Whether this replica publishes' }),
  leads: Type.Optional(Type.String({ description: 'Who publishes, by its node in ZooKeeper; absent: nobody' })),
  connected: Type.Boolean(),
  refused: Type.Optional(Type.String({ description: 'Why nothing is published' })),
  unwritten: Type.Record(Type.String(), Type.String(), {
    description: 'Why a document could not be written or removed while all others were; it is tried again'
  }),
  published: Type.Record(Type.String(), Type.Integer(), { description: 'Generation by place' }),
  instances: Type.Array(FleetInstance),
  alarms: Type.Array(Alarm),
  repairs: Type.Integer({ description: 'What others wrote and this replica has put right' })
})
export type Receipts = Static<typeof Receipts>
