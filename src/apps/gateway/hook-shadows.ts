import { shortDigest } from '#contracts/hook'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Invocation } from '#lib/dubbo'
import { compareJson, type JsonDifferences, type Verdict, verdictOf } from '#lib/numeric-diff'
import type { ThrownInside } from '#lib/sandbox'
import { createSplitter } from '#lib/splitter'
import type { UpstreamReply } from '#lib/upstream'
import { createArgumentWriter } from './arguments.ts'
import type { Call } from './call.ts'
import { hookCallText, hookReplyText, hookRequestBody } from './hook-call.ts'
import type { HookShadow, HookVersion } from './hooks.ts'
import { LARGE_BODY_BYTES } from './large-body.ts'
import { createPacer } from './pacer.ts'
import type { Route } from './routing-table.ts'

/** Runs the shadow version of a call's hook on what the call had, after its reply, and compares. */
export interface HookShadows extends Closeable {
  /** Once per call, after its reply: draws exactly, by hook, variant and caller, and returns at once. Never throws. */
  offer(call: Call): void
  /** By hook, version and result, line ends between. */
  results(): ReadonlyMap<string, number>
  /** Seconds that shadows took, by hook and version: from the start of `pre` to the end of `post`, waiting included. */
  seconds(): ReadonlyMap<string, number>
  /** Calls that were drawn and not run because too many run already, or too large ones, by hook and version. */
  dropped(): ReadonlyMap<string, number>
  /** Resolves when nothing runs. */
  idle(): Promise<void>
}

export interface HookShadowsOptions {
  readonly clock: Clock
  readonly seed: number
  readonly log: Logger
  /** Calls that run or wait for their turn; 32. */
  readonly maxRunning?: number
  /** Of what a call holds: request, body to the model, its reply and result; what is large elsewhere (128 KiB) unless given. */
  readonly maxCallBytes?: number
}

/** A version that differs is logged at most so often, ms. */
const LOG_EVERY_MS = 60_000

type Result = Verdict | 'error'

/** Only calls that were answered well are taken: on the others there is nothing to compare with. */
export function createHookShadows(options: HookShadowsOptions): HookShadows {
  const { clock, log, maxRunning = 32, maxCallBytes = LARGE_BODY_BYTES } = options
  const args = createArgumentWriter(maxCallBytes)
  const splitter = createSplitter({ seed: options.seed })
  const pacer = createPacer(() => clock.monotonicMs())
  const results = new Map<string, number>()
  const seconds = new Map<string, number>()
  const dropped = new Map<string, number>()
  const loggedAt = new Map<string, number>()
  const running = new Set<Promise<void>>()
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  const add = (counts: Map<string, number>, key: string, count = 1): void =>
    void counts.set(key, (counts.get(key) ?? 0) + count)

  async function run(call: Call, shadow: HookShadow, key: string): Promise<void> {
    const begun = clock.monotonicMs()
    let result: Result
    try {
      result = await compare(call, shadow, key)
    } catch (error) {
      result = 'error'
      tell(key, errorFields(error))
    }
    add(results, `${key}\n${result}`)
    add(seconds, key, (clock.monotonicMs() - begun) / 1000)
  }

  /**
   * One of them at a time: a version that answers and waits for its turn in the sandbox process finds at most one call of
   * a shadow before its own, not a batch of thirty.
   */
  function alone({ sandbox }: HookVersion, fn: string, argsJson: readonly string[]): Promise<string> {
    const answer = last.then(() => sandbox.call(fn, argsJson))
    last = answer.catch(() => {})
    return answer
  }

  async function compare(call: Call, { version, tolerance }: HookShadow, key: string): Promise<Verdict> {
    const { hook, sent, shaped } = call
    const told = call.told as UpstreamReply
    const invocation = call.invocation as Invocation
    await pacer.pace()
    const hookCall = hookCallText(call, invocation, args.all(invocation, call.route as Route))
    const judge = async (
      stage: string,
      before: Buffer | string | undefined,
      after: Buffer | string
    ): Promise<Verdict> => {
      // Nothing to compare with: that version has no such function.
      if (before === undefined) return 'different'
      await pacer.pace()
      const differences = compareJson(before, after, { relative: tolerance })
      const verdict = verdictOf(differences)
      if (verdict === 'different') tell(key, fieldOf(stage, differences))
      return verdict
    }
    let request: Verdict = hook?.hasPre === true ? 'different' : 'equal'
    if (version.hasPre) {
      const body = hookRequestBody(await alone(version, 'pre', [hookCall]))
      request = await judge('request', hook?.hasPre === true ? sent : undefined, body)
    }
    let result: Verdict = hook?.hasPost === true ? 'different' : 'equal'
    if (version.hasPost) {
      result = await judge('result', shaped, await alone(version, 'post', [hookReplyText(told), hookCall]))
    }
    return worseOf(request, result)
  }

  function tell(key: string, fields: object): void {
    const now = clock.monotonicMs()
    if (now - (loggedAt.get(key) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return
    loggedAt.set(key, now)
    log.warn({ hook: key.replace('\n', '@'), ...fields }, 'a hook in shadow differs from the one that answers')
  }

  return {
    offer(call) {
      const { route, variant, invocation, told, errorCode } = call
      const shadow = route?.hook?.shadow
      if (shadow === undefined || closed || told === undefined || errorCode !== undefined) return
      if (shadow.version.disabled !== undefined) return
      const name = route?.hook?.name ?? ''
      if (splitter.choose(`${name}\n${variant?.name ?? ''}\n${call.caller}`, shadow.weights) === 0) return
      const key = `${name}\n${shortDigest(shadow.version.digest)}`
      if (invocation === undefined || running.size >= maxRunning || heldBytes(call) > maxCallBytes) {
        add(dropped, key)
        return
      }
      const each = run(call, shadow, key).finally(() => running.delete(each))
      running.add(each)
    },
    results: () => results,
    seconds: () => seconds,
    dropped: () => dropped,
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
    close() {
      closed = true
    }
  }
}

const heldBytes = ({ request, sent, told, shaped }: Call): number =>
  request.body.length + (sent?.length ?? 0) + (told?.body.length ?? 0) + (shaped?.length ?? 0)

const ORDER: readonly Verdict[] = ['equal', 'within', 'different']

const worseOf = (a: Verdict, b: Verdict): Verdict => (ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b)

/** Not the message of what a hook throws, which may hold anything of the call. */
function errorFields(error: unknown): object {
  const { code, cause, fault, message } = AboxError.from(error)
  return fault === 'hook' ? { code, line: (cause as Partial<ThrownInside> | undefined)?.line } : { error: message }
}

/** Which field, and by how much: never a value, which may be somebody's, and no name with digits, which may be an id. */
function fieldOf(stage: string, { worst, fields }: JsonDifferences): object {
  const field = fields[0]?.field ?? ''
  const shown = /^[A-Za-z_.[\]]*$/.test(field) ? field : undefined
  return { stage, field: shown, kind: worst?.kind, relative: worst?.relative }
}
