import { AboxError } from '#core/errors'
import { JsonReader, seek } from '#lib/json'
import { type CompareOptions, createComparer, type JsonDifferences, type Verdict, verdictOf } from '#lib/numeric-diff'
import type { Sandbox } from '#lib/sandbox'
import type { RecordedLine } from './hook-recorded.ts'

/** How one call compares. `error`: the new version fails, or otherwise than the old one; `fixed`: only the old one fails. */
export type CallVerdict = Verdict | 'error' | 'fixed'

export interface ReplayReport {
  readonly calls: Readonly<Record<CallVerdict, number>>
  /** Calls whose requests differ: their results were made from replies to other requests. */
  readonly otherRequests: number
  /** Calls with masked values. */
  readonly masked: number
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

/** What a version made of a call, or what was recorded of it. */
interface Outcome {
  request?: string | undefined
  result?: string | undefined
  error?: AboxError | string | undefined
}

const MAX_ERRORS = 20

/**
 * Runs the new version, and the old one or what was recorded in its place, on recorded calls: `pre` on the call, `post` on the
 * recorded reply. Without `base` a function that the new version does not have is not compared, as nobody knows whose work
 * was recorded.
 */
export function createReplay(against: Sandbox, base: Sandbox | undefined, options: CompareOptions): Replay {
  const comparer = createComparer(options)
  const calls: Record<CallVerdict, number> = { equal: 0, within: 0, different: 0, error: 0, fixed: 0 }
  const errors: ReplayError[] = []
  let otherRequests = 0
  let masked = 0

  function compare(line: RecordedLine, before: Outcome, after: Outcome): CallVerdict {
    if (after.error !== undefined) {
      if (codeOf(after.error) === codeOf(before.error)) return 'equal'
      if (errors.length < MAX_ERRORS) errors.push(errorOf(line, after.error))
      return 'error'
    }
    if (before.error !== undefined) return 'fixed'
    const request = part(line, 'request', before, after)
    if (request === 'different') otherRequests++
    const result = part(line, 'result', before, after)
    if (request === 'different' || result === 'different') return 'different'
    return request === 'within' || result === 'within' ? 'within' : 'equal'
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
            base === undefined ? recordedOutcome(line) : outcomeOf(base, line),
            outcomeOf(against, line)
          ])
          return { line, before, after }
        })
      )
      for (const { line, before, after } of outcomes) {
        calls[compare(line, before, after)]++
        if (line.masked > 0) masked++
      }
    },
    report: () => ({ calls, otherRequests, masked, differences: comparer.differences(), errors })
  }
}

/** So that the fields of both stand beside each other, and rules can name them. */
const membersOf = (name: string, json: string | undefined): string =>
  json === undefined ? '{}' : `{"${name}":${json}}`

/** What ended a call beside its hook says nothing about the hook. */
function recordedOutcome({ request, result, error }: RecordedLine): Outcome {
  return { request, result, error: error?.startsWith('ABOX_HOOK_') === true ? error : undefined }
}

async function outcomeOf(sandbox: Sandbox, { call, reply }: RecordedLine): Promise<Outcome> {
  const outcome: Outcome = {}
  try {
    if (sandbox.exports.includes('pre')) {
      outcome.request = bodyOf(await sandbox.call('pre', [call]))
      if (outcome.request === undefined) return { error: 'ABOX_HOOK_REQUEST' }
    }
    if (reply !== undefined && sandbox.exports.includes('post'))
      outcome.result = await sandbox.call('post', [reply, call])
  } catch (error) {
    outcome.error = AboxError.from(error)
  }
  return outcome
}

/** Of what `pre` returned. */
function bodyOf(returned: string): string | undefined {
  const bytes = Buffer.from(returned)
  const reader = new JsonReader(bytes)
  if (reader.peek() !== 'object' || !seek(reader, ['body'])) return undefined
  const start = reader.pos
  reader.skip()
  return bytes.toString('utf8', start, reader.pos)
}

const codeOf = (error: AboxError | string | undefined): string | undefined =>
  error instanceof AboxError ? error.code : error

function errorOf({ source }: RecordedLine, error: AboxError | string): ReplayError {
  if (error instanceof AboxError) return { source, code: error.code, message: error.message }
  return { source, code: error, message: `${error}: pre returned something else than an object with body` }
}
