import type { Limits } from '#contracts/common'
import type { Clock } from '#core/clock'
import { createLimiter, createLimiterSet, type Limiter, type LimiterNumbers, type LimiterSet } from '#lib/limits'

/** The name that stands for each caller that has no numbers of its own. */
export const OTHERS = '*'

/** One for all: thousands of groups that name no caller lie closer together without a map each. */
const NONE: ReadonlyMap<string, LimiterNumbers> = new Map()

/** Which `limits` of the documents these are; the same over all generations of the document. */
export interface LimitPlace {
  /** `services/…` or `models/…`. */
  readonly document: string
  /** What comes before `ratePerSecond` in that document's names of limits: empty, or `methods.score.`. */
  readonly path: string
  /** For messages: `service com.x.RankService: method score`. */
  readonly subject: string
}

/**
 * The `limits` of one service, method or model. It is compiled with its document and does nothing until `adopt` gives it
 * its limiters: those that the same place had before, so that a new generation neither fills buckets nor forgets calls.
 */
export class LimitGroup {
  // What each call looks at comes first, so that it lies together in memory.
  /** Of all callers together. */
  all: Limiter | undefined = undefined
  /** Of the callers that the document names; absent where it names none, because even an empty map costs a look. */
  named: ReadonlyMap<string, Limiter | undefined> | undefined = undefined
  others: LimiterSet | undefined = undefined
  readonly place: LimitPlace
  readonly numbers: LimiterNumbers
  readonly callers: ReadonlyMap<string, LimiterNumbers>

  /** Of documents that `checkLimits` has let through. */
  constructor(place: LimitPlace, { callers = {}, ...numbers }: Limits) {
    this.place = place
    this.numbers = numbers
    const entries = Object.entries(callers)
    this.callers = entries.length === 0 ? NONE : new Map(entries)
  }

  get key(): string {
    return `${this.place.document}\n${this.place.path}`
  }

  /** Whether each caller without numbers of its own has a limiter of its own. */
  get hasOthers(): boolean {
    const others = this.callers.get(OTHERS)
    return others !== undefined && !isEmpty(others)
  }

  /**
   * Takes over the limiters of `before`, makes those that are new and lets go of those that are no longer wanted.
   * `maxCallers` bounds how many callers without numbers have their own.
   */
  adopt(before: LimitGroup | undefined, clock: Clock, maxCallers: number): void {
    this.all = limiterOf(this.numbers, before?.all, clock)
    const named = new Map<string, Limiter | undefined>()
    for (const [name, numbers] of this.callers) {
      if (name !== OTHERS) named.set(name, limiterOf(numbers, before?.named?.get(name), clock))
    }
    this.named = named.size === 0 ? undefined : named
    const others = this.callers.get(OTHERS)
    if (others === undefined || !this.hasOthers) this.others = undefined
    else {
      this.others = before?.others ?? createLimiterSet(others, { clock, maxKeys: maxCallers })
      this.others.update(others)
    }
  }

  /** The limiter of one caller, if it has one. */
  ofCaller(caller: string, nowMs: number): Limiter | undefined {
    const { named, others } = this
    const own = named?.get(caller)
    if (own !== undefined || others === undefined || named?.has(caller) === true) return own
    return others.of(caller, nowMs)
  }
}

const isEmpty = ({ ratePerSecond, concurrent }: LimiterNumbers): boolean =>
  ratePerSecond === undefined && concurrent === undefined

function limiterOf(numbers: LimiterNumbers, before: Limiter | undefined, clock: Clock): Limiter | undefined {
  if (isEmpty(numbers)) return undefined
  if (before === undefined) return createLimiter(numbers, clock)
  before.update(numbers)
  return before
}
