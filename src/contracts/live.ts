import Type, { type Static } from 'typebox'
import { OUTCOMES } from './call-record.ts'

/** More than any instance does in a second. */
const Count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const Us = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000_000 })
/** Names come from documents; `-` stands where a call had none. */
const Text = Type.String({ minLength: 1, maxLength: 256 })
/** Counts by bucket of lib/histogram, the empty ones at the end left out. */
const Buckets = Type.Array(Count, { maxItems: 18 })
const strict = { additionalProperties: false } as const

/** Most calls of a summary that have an entry of their own. */
export const MOST_CALL_SERIES = 400
/** Most variants, hook versions and shadows of a summary. */
export const MOST_OTHER_SERIES = 500
/** Longest summary, bytes of JSON. */
export const MAX_SUMMARY_BYTES = 256 * 1024

/** Calls of one second with the same service, method, model and variant. */
const Calls = Type.Object(
  {
    service: Type.String({ minLength: 1, maxLength: 1024 }),
    method: Text,
    model: Text,
    variant: Text,
    outcomes: Type.Object(Object.fromEntries(OUTCOMES.map((name) => [name, Type.Optional(Count)])), strict),
    /** From the last byte of the call to its reply. */
    total: Buckets,
    totalUs: Us,
    /** From sending to the model to its whole answer. */
    upstream: Buckets,
    upstreamUs: Us
  },
  strict
)

/**
 * What an instance tells the manager of the second behind it (POST /api/v1/environments/<env>/live). `seq` counts the
 * summaries of an instance and epoch, those included that could not be sent: a gap is what is missing. Everything but
 * `inFlight`, `connections`, `offline` and `disabled` is the difference to the summary before.
 */
export const LiveSummary = Type.Object(
  {
    v: Type.Literal(1),
    instance: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' }),
    epoch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    /** Wall clock of the instance, ms. */
    at: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    inFlight: Count,
    connections: Count,
    /** It has left the registry because the manager's answer to a summary said so. */
    offline: Type.Boolean(),
    calls: Type.Array(Calls, { maxItems: MOST_CALL_SERIES }),
    variants: Type.Array(Type.Object({ model: Text, variant: Text, inFlight: Count }, strict), {
      maxItems: MOST_OTHER_SERIES
    }),
    hooks: Type.Array(
      Type.Object(
        { hook: Text, version: Text, calls: Count, strikes: Count, stoodIn: Count, disabled: Type.Boolean() },
        strict
      ),
      { maxItems: MOST_OTHER_SERIES }
    ),
    /** Calls that a hook in shadow has run on, by how its results compare. */
    shadows: Type.Array(
      Type.Object(
        { hook: Text, version: Text, equal: Count, within: Count, different: Count, error: Count, dropped: Count },
        strict
      ),
      { maxItems: MOST_OTHER_SERIES }
    ),
    /** Entries that had no room, and their calls. */
    leftOut: Type.Object({ entries: Count, calls: Count }, strict)
  },
  strict
)
export type LiveSummary = Static<typeof LiveSummary>

/** Calls as a summary has them. */
export type LiveCalls = LiveSummary['calls'][number]

/** The manager's answer: `offline` is whether the instance is to be out of the registry. */
export const LiveAnswer = Type.Object({
  taken: Type.Boolean({ description: 'False: not new, or no room for it' }),
  offline: Type.Boolean({ description: 'Whether the instance is to leave the registry' })
})
export type LiveAnswer = Static<typeof LiveAnswer>
