import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#core/clock'
import { AboxError, coreErrors, describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { compilePathRules, jsonErrors, type PathState } from '#lib/json'
import { createSplitter, prepareWeights, type SplitWeights } from '#lib/splitter'
import { createArgumentWriter } from '../arguments.ts'
import type { Call } from '../call.ts'
import type { GatewayConfig } from '../config.ts'
import type { Route } from '../routing-table.ts'
import { createHashMasker } from './hash-masker.ts'
import { plainMasker } from './mask.ts'
import { recordedText } from './recorded-text.ts'
import { createRecordingFiles } from './recording-files.ts'

/** Why a call that was drawn is not recorded. */
export const DROP_REASONS = ['queue', 'size', 'json', 'disk'] as const
export type DropReason = (typeof DROP_REASONS)[number]

/** Real calls, drawn exactly by method, kept for `abox hook replay`. */
export interface Recordings extends Closeable {
  /** Once per call, after its reply: draws, and keeps it for a later turn of the event loop. Never throws. */
  offer(call: Call): void
  stats(): { readonly recorded: number; readonly dropped: ReadonlyMap<string, number> }
  /** Resolves when what was drawn up to now is written or dropped. */
  flush(): Promise<void>
}

export interface RecordingsOptions {
  readonly config: GatewayConfig['recordings']
  /** Of the instance; begins the names of its files. */
  readonly id: string
  readonly seed: number
  readonly clock: Clock
  readonly log: Logger
}

/** Calls that wait to be written, and what they hold together; their lines may take as much again. */
const MAX_QUEUED = 256
const MAX_QUEUED_BYTES = 16 * 1024 * 1024
/** How long lines are begun to be made in one turn of the event loop, ms. */
const TURN_MS = 1
/** The disk is complained of at most so often, ms. */
const COMPLAIN_EVERY_MS = 60_000

/** `bytes`: what the call held when it came; a call that was given up may still be told a reply afterwards. */
interface Waiting {
  readonly call: Call
  readonly bytes: number
}

/** How the calls of a route are drawn and masked; undefined when none are. */
interface Plan {
  readonly weights: SplitWeights
  readonly mask: PathState
}

/** Nothing is recorded where the configuration names no folder. Throws ABOX_JSON_PATH. */
export function recordingsOf(options: RecordingsOptions): Recordings {
  const { dir } = options.config
  return dir === undefined ? NOTHING : createRecordings(options, dir)
}

const NOTHING: Recordings = {
  offer() {},
  stats: () => ({ recorded: 0, dropped: new Map() }),
  async flush() {},
  close() {}
}

/** Calls are made into text a few in a turn of the event loop, and written together. */
function createRecordings(options: RecordingsOptions, dir: string): Recordings {
  const { config, clock, log } = options
  const { maxFileBytes, maxFiles, maxCallBytes } = config
  const files = createRecordingFiles({
    dir,
    name: options.id,
    maxFileBytes,
    maxFiles,
    wallMs: () => clock.wallMs(),
    onWritten(lines) {
      recorded += lines
    },
    onLost(lines, error) {
      drop('disk', lines)
      complain(error)
    }
  })
  const args = createArgumentWriter(maxCallBytes)
  const splitter = createSplitter({ seed: options.seed })
  const plans = new WeakMap<Route, { readonly plan: Plan | undefined }>()
  const dropped = new Map<string, number>()
  let queue: Waiting[] = []
  let waiting = 0
  let waitingBytes = 0
  let writing: Promise<void> | undefined
  let recorded = 0
  let closed = false
  let complainedAt = Number.NEGATIVE_INFINITY

  const planOf = (route: Route): Plan | undefined => {
    const known = plans.get(route)
    if (known !== undefined) return known.plan
    const plan = makePlan(route, config)
    plans.set(route, { plan })
    return plan
  }
  const drop = (reason: DropReason, calls = 1): void => void dropped.set(reason, (dropped.get(reason) ?? 0) + calls)

  async function take(call: Call): Promise<void> {
    try {
      const { mask } = planOf(call.route as Route) as Plan
      const fits = await files.append((key) => {
        const masker = config.hash ? createHashMasker(key) : plainMasker
        return recordedText(call, { args, mask, masker, maxBytes: maxCallBytes })
      })
      if (!fits) drop('size')
    } catch (error) {
      const { code, message } = AboxError.from(error)
      drop(code === jsonErrors.ABOX_JSON_TOO_LARGE.code ? 'size' : 'json')
      if (code === coreErrors.ABOX_INTERNAL.code) log.error({ error: message }, 'a call was not recorded')
    }
  }

  function complain(error: unknown): void {
    const now = clock.monotonicMs()
    if (now - complainedAt < COMPLAIN_EVERY_MS) return
    complainedAt = now
    log.error({ error: describe(error), dir }, 'a call was not recorded')
  }

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      let begun = Number.NEGATIVE_INFINITY
      for (const { call } of batch) {
        // Replies and new calls first.
        if (clock.monotonicMs() - begun > TURN_MS) {
          await nextTurn()
          begun = clock.monotonicMs()
        }
        await take(call)
      }
      await files.flush()
      waiting -= batch.length
      for (const { bytes } of batch) waitingBytes -= bytes
    }
    writing = undefined
  }

  return {
    offer(call) {
      const { route, variant, invocation } = call
      if (closed || route === undefined || variant === undefined || invocation === undefined) return
      const plan = planOf(route)
      if (plan === undefined || splitter.choose(route.splitKey, plan.weights) === 0) return
      const bytes = heldBytes(call)
      if (bytes > maxCallBytes) drop('size')
      else if (waiting >= MAX_QUEUED || waitingBytes + bytes > MAX_QUEUED_BYTES) drop('queue')
      else {
        waiting++
        waitingBytes += bytes
        queue.push({ call, bytes })
        writing ??= writeAll()
      }
    },
    stats: () => ({ recorded, dropped }),
    async flush() {
      await writing
    },
    async close() {
      closed = true
      await writing
      await files.close()
    }
  }
}

function makePlan(route: Route, config: RecordingsOptions['config']): Plan | undefined {
  const ppm = route.record?.ppm ?? config.ppm
  if (ppm === 0) return undefined
  return {
    // The splitter puts names in order: 1 is yes.
    weights: prepareWeights({ no: 1_000_000 - ppm, yes: ppm }),
    mask: compilePathRules([...config.mask, ...(route.record?.mask ?? [])])
  }
}

const heldBytes = ({ request, sent, told, shaped }: Call): number =>
  request.body.length + (sent?.length ?? 0) + (told?.body.length ?? 0) + (shaped?.length ?? 0)
