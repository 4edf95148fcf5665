import Type, { type Static } from 'typebox'
import { OUTCOMES } from '../call-record.ts'

/** How calls are added up. */
export const GROUPINGS = ['model', 'variant', 'method'] as const
export type Grouping = (typeof GROUPINGS)[number]

const Count = Type.Integer({ minimum: 0 })

/** Quantiles, ms; absent where nothing was counted. */
const times = { p50Ms: Type.Optional(Type.Number()), p99Ms: Type.Optional(Type.Number()) }

const Ms = Type.Union([Type.Number(), Type.Null()])

/** One list per number, all of one length, oldest first; null where there was no call. */
export const LivePoints = Type.Object({
  calls: Type.Array(Count),
  errors: Type.Array(Count),
  p50Ms: Type.Array(Ms),
  p99Ms: Type.Array(Ms)
})
export type LivePoints = Static<typeof LivePoints>

/** Calls that were added up; which names an item has follows from `by`. */
export const LiveItem = Type.Object({
  service: Type.Optional(Type.String({ description: 'By method; - where the reader may not see it' })),
  method: Type.Optional(Type.String({ description: 'By method' })),
  model: Type.String({ description: '- where a call has none' }),
  variant: Type.Optional(Type.String({ description: 'By variant and by method' })),
  calls: Count,
  perSecond: Type.Number({ description: 'Over the seconds of which something is known' }),
  errors: Type.Integer({ minimum: 0, description: 'Calls that did not end as ok' }),
  outcomes: Type.Object(Object.fromEntries(OUTCOMES.map((name) => [name, Type.Optional(Count)])), {
    description: 'Calls by how they ended, without those that there were none of'
  }),
  meanMs: Type.Number({ description: 'From the last byte of the call to its reply' }),
  ...times,
  upstream: Type.Object(times, { description: 'From sending to the model to its whole answer' }),
  share: Type.Number({ description: 'Part of the calls of the model, 0 to 1' }),
  inFlight: Type.Optional(Type.Integer({ minimum: 0, description: 'At endpoints right now; not by method' })),
  points: Type.Optional(LivePoints)
})
export type LiveItem = Static<typeof LiveItem>

const version = { hook: Type.String(), version: Type.String() }

/** What a version of a hook did. */
export const LiveHook = Type.Object({ ...version, calls: Count, strikes: Count, stoodIn: Count })
export type LiveHook = Static<typeof LiveHook>

/** How the results of a hook in shadow compare to those that were answered. */
export const LiveShadow = Type.Object({
  ...version,
  equal: Count,
  within: Count,
  different: Count,
  error: Count,
  dropped: Count
})
export type LiveShadow = Static<typeof LiveShadow>

/**
 * What the instances of an environment did in the last seconds: the answer to `GET …/live`, and the data of each event of
 * its stream.
 */
export const Live = Type.Object({
  environment: Type.String(),
  at: Type.Integer({ description: 'End of the time that is meant, ms since 1970' }),
  seconds: Type.Integer(),
  by: Type.Enum([...GROUPINGS]),
  step: Type.Optional(Type.Integer({ description: 'Length of a point, s' })),
  since: Type.Optional(Type.Integer({ description: 'From when on there are numbers, ms since 1970' })),
  instances: Type.Integer(),
  lost: Type.Integer({ description: 'Summaries that did not come' }),
  leftOut: Type.Integer({ description: 'Entries that had no room' }),
  items: Type.Array(LiveItem, { description: 'Those with most calls first' }),
  hooks: Type.Array(LiveHook),
  shadows: Type.Array(LiveShadow)
})
export type Live = Static<typeof Live>
