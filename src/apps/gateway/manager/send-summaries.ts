import { type Backoff, createBackoff } from '#core/backoff'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { ManagerClient } from './client.ts'
import type { TakeSummary } from './take-summary.ts'

export interface SummarySender extends Closeable {
  /** Summaries that a manager did not get, of all managers. */
  dropped(): number
}

export interface SummarySenderOptions {
  /** Each of them gets every summary: several replicas do not tell each other. */
  readonly managers: readonly ManagerClient[]
  readonly environment: string
  readonly take: TakeSummary
  /** A manager says whether this instance is to be out of the registry; with each summary that it takes. */
  readonly onOrder: (offline: boolean) => void
  readonly clock: Clock
  readonly log: Logger
}

const EVERY_MS = 1000
/** Into the middle of a second: a timer that is a little late or early still falls into the same one. */
const OFFSET_MS = 500
/** On their way to one manager at a time; one more is dropped. */
const MOST_UNDER_WAY = 3
/** A manager that is away is asked again after a pause of at most so long, ms. */
const MAX_PAUSE_MS = 10_000
/** How long the last one may take when the instance ends, ms. */
const LAST_WITHIN_MS = 1000

interface Target {
  readonly manager: ManagerClient
  readonly backoff: Backoff
  /** Monotonic, ms. */
  restsUntil: number
  underWay: number
  isAway: boolean
}

/** Sends a summary each second. What cannot be sent is dropped: an old one is of no use to a page that shows the last second. */
export function createSummarySender(options: SummarySenderOptions): SummarySender {
  const { environment, take, onOrder, clock, log } = options
  const path = `/api/v1/environments/${encodeURIComponent(environment)}/live`
  const targets = options.managers.map(
    (manager): Target => ({
      manager,
      backoff: createBackoff({ baseMs: EVERY_MS, maxMs: MAX_PAUSE_MS }),
      restsUntil: 0,
      underWay: 0,
      isAway: false
    })
  )
  let timer: NodeJS.Timeout
  let dropped = 0

  const failed = (target: Target, why: string): void => {
    dropped++
    target.restsUntil = clock.monotonicMs() + target.backoff.next()
    if (target.isAway) return
    target.isAway = true
    log.warn(
      { manager: target.manager.url, error: why },
      'the manager does not take summaries; they are dropped until it does'
    )
  }
  const send = async (target: Target, text: string): Promise<void> => {
    target.underWay++
    try {
      const answer = await target.manager.post(path, text)
      if (answer.status >= 300) return failed(target, `answered ${answer.status}: ${detailOf(answer.text)}`)
      target.backoff.reset()
      if (target.isAway) log.info({ manager: target.manager.url }, 'the manager takes summaries again')
      target.isAway = false
      const offline = fieldOf(answer.text, 'offline')
      if (typeof offline === 'boolean') onOrder(offline)
    } catch (error) {
      failed(target, describe(error))
    } finally {
      target.underWay--
    }
  }
  const sendAll = (): Promise<void>[] => {
    const text = take()
    return targets.flatMap((target) => {
      if (target.underWay < MOST_UNDER_WAY && clock.monotonicMs() >= target.restsUntil) return [send(target, text)]
      dropped++
      return []
    })
  }
  const schedule = (): void => {
    const wait = EVERY_MS - ((clock.wallMs() + OFFSET_MS) % EVERY_MS)
    timer = setTimeout(() => {
      void Promise.all(sendAll())
      schedule()
      // Rounded up, so that the timer does not come twice in one second.
    }, Math.ceil(wait)).unref()
  }
  schedule()
  return {
    dropped: () => dropped,
    async close() {
      clearTimeout(timer)
      const limit = Promise.withResolvers<void>()
      const end = setTimeout(limit.resolve, LAST_WITHIN_MS)
      await Promise.race([Promise.all(sendAll()), limit.promise])
      clearTimeout(end)
    }
  }
}

/** Of a problem of the manager. */
function detailOf(text: string): string {
  const detail = fieldOf(text, 'detail')
  return typeof detail === 'string' ? detail.slice(0, 500) : 'no problem of a manager'
}

/** Undefined where the text is no JSON object with it. */
function fieldOf(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}
