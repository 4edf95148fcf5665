import { type CompareOptions, createComparer, type JsonDifferences, type Verdict, verdictOf } from '#lib/numeric-diff'
import type { Sandbox } from '#lib/sandbox'
import type { RecordedLine } from './recorded.ts'
import { type HookFailure, isSameFailure, type Outcome, outcomeOf, recordedOutcome } from './replay-outcome.ts'

/** How one call compares. `error`: the new version fails, or otherwise than the old one; `fixed`: only the old one fails. */
export type CallVerdict = Verdict | 'error' | 'fixed'

export interface ReplayReport {
  readonly calls: Readonly<Record<CallVerdict, number>>
  /** Calls whose requests differ: their results were made from replies to other requests. */
  readonly otherRequests: number
  /** Calls with masked values. */
  readonly masked: number
  /** Calls that failed as recorded, as far as anybody knows: the message of a hook is not recorded. */
  readonly messagesUnknown: number
  /** Of `pre` and `post`, what the new version does not have, where it is compared with what was recorded. */
  readonly without: readonly string[]
  /** Field by field, under `request` and `result`. */
  readonly differences: JsonDifferences
  /** The first failures of the new version. */
  readonly errors: readonly ReplayError[]
}

export interface ReplayError {
  readonly source: string
  readonly code: string
  readonly message: string
}

/** Adds up what the calls of a replay come to. */
export interface Replay {
  run(lines: readonly RecordedLine[]): Promise<void>
  report(): ReplayReport
}

const MAX_ERRORS = 20

/**
 * Runs the new version, and the old one or what was recorded in its place, on recorded calls: `pre` on the call, `post` on the
 * recorded reply. Two failures are equal when stage, code and what the hook itself threw are. Without `base` a function that
 * the new version does not have is what a gateway does without it.
 */
export function createReplay(against: Sandbox, base: Sandbox | undefined, options: CompareOptions): Replay {
  const comparer = createComparer(options)
  const calls: Record<CallVerdict, number> = { equal: 0, within: 0, different: 0, error: 0, fixed: 0 }
  const errors: ReplayError[] = []
  const without = base === undefined ? ['pre', 'post'].filter((name) => !against.exports.includes(name)) : []
  let otherRequests = 0
  let masked = 0
  let messagesUnknown = 0

  function compare(line: RecordedLine, before: Outcome, after: Outcome): CallVerdict {
    if (after.failure !== undefined) {
      if (!isAsBefore(before.failure, after.failure)) return refuse(line, after.failure)
    } else if (before.failure !== undefined) return 'fixed'
    const request = part(line, 'request', before, after)
    if (request === 'different') otherRequests++
    const result = part(line, 'result', before, after)
    if (request === 'different' || result === 'different') return 'different'
    return request === 'within' || result === 'within' ? 'within' : 'equal'
  }

  function isAsBefore(before: HookFailure | undefined, failure: HookFailure): boolean {
    if (before === undefined || !isSameFailure(before, failure)) return false
    if (before.thrown === undefined && failure.thrown !== '') messagesUnknown++
    return true
  }

  function refuse({ source }: RecordedLine, { code, message }: HookFailure): 'error' {
    if (errors.length < MAX_ERRORS) errors.push({ source, code, message })
    return 'error'
  }

  function part(line: RecordedLine, name: 'request' | 'result', before: Outcome, after: Outcome): Verdict {
    const old = before[name]
    const now = after[name]
    if (base === undefined && (old === undefined || now === undefined)) return 'equal'
    return verdictOf(comparer.compare(membersOf(name, old), membersOf(name, now), line.source))
  }

  return {
    async run(lines) {
      const outcomes = await Promise.all(
        lines.map(async (line) => {
          const [before, after] = await Promise.all([
            base === undefined ? recordedOutcome(line) : outcomeOf(base, line, false),
            outcomeOf(against, line, base === undefined)
          ])
          return { line, before, after }
        })
      )
      for (const { line, before, after } of outcomes) {
        calls[compare(line, before, after)]++
        if (line.masked > 0) masked++
      }
    },
    report() {
      return { calls, otherRequests, masked, messagesUnknown, without, differences: comparer.differences(), errors }
    }
  }
}

/** So that the fields of both stand beside each other, and rules can name them. */
const membersOf = (name: string, json: string | undefined): string =>
  json === undefined ? '{}' : `{"${name}":${json}}`
