import { createLargeLine, type Holder, type LargeLineOptions } from './large-line.ts'

/** Work in pieces: each `next` does a little of it, tenths of a millisecond at most. Nothing is made before the first. */
export type Slices<T> = Generator<undefined, T>

/** About how much is done in one piece: bytes that are read or written. */
export const SLICE_BYTES = 16 * 1024

/** For whom work is done. */
export interface Waiter {
  /** Whose request it is. */
  readonly holder: Holder
  /** When its request was there, in monotonic ms: the oldest of its holder comes first. */
  readonly since: number
  /** What its request holds in memory. */
  readonly bytes: number
  /** Whether its call has been at the model already: it is not refused then. Its deadline ends it. */
  readonly begun?: boolean
  /** Whether it is known to take many slices. Otherwise the first one is tried before it counts as long. */
  readonly long: boolean
  /** Throws what the work ends with when nobody waits for it any more. */
  check(): void
}

/** What is done in slices, so that everything else is served between them. */
export interface Turns {
  /** The result of the work. Throws what it throws, what `check` throws, and ABOX_SHED when too many wait. */
  run<T>(slices: Slices<T>, waiter: Waiter): Promise<T>
}

export interface TurnsOptions extends LargeLineOptions {
  /** Monotonic ms. */
  readonly now: () => number
}

/** In one turn of the event loop, first slices take about so many ms, and all together about so many. */
const TRY_MS = 1.5
const TURN_MS = 3

/**
 * Long work is finished one after the other: what one call needs for it is there once, however many wait. Callers have their turn one
 * after the other, each with its oldest call, so that nobody waits for all the calls of another one.
 * Work that may turn out to be short (as most calls with shared objects are) is tried first, at once while a turn of the event
 * loop has time for it, so that it never waits for long work.
 */
export function createTurns({ now, ...options }: TurnsOptions): Turns {
  const line = createLargeLine(options)
  /** Not tried yet, in the order in which they came. */
  let untried: Job[] = []
  /** Long work by caller, sorted by `since`; the caller whose turn it is comes first. */
  const long = new Map<Holder, Job[]>()
  let triedMs = 0
  let scheduled = false

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    scheduled = false
    triedMs = 0
    const begun = now()
    for (const [holder, jobs] of long) keep(holder, jobs.filter(isWaitedFor))
    tryAll(begun)
    do stepOldest()
    while (long.size > 0 && now() - begun < TURN_MS)
    if (untried.length > 0 || long.size > 0) schedule()
  }

  function tryAll(begun: number): void {
    let tried = 0
    while (tried < untried.length && now() - begun < TRY_MS) {
      const job = untried[tried++] as Job
      if (job.endsIfOver() || job.step()) leave(job)
      else addLong(job)
    }
    untried = untried.slice(tried)
  }

  /** One slice of the oldest call of the caller whose turn it is; with its last one the next caller has his. */
  function stepOldest(): void {
    for (const [holder, jobs] of long) {
      const oldest = jobs[0] as Job
      if (!oldest.step()) return
      leaveLong(oldest)
      long.delete(holder)
      keep(holder, jobs.slice(1))
      return
    }
  }

  function keep(holder: Holder, jobs: Job[]): void {
    if (jobs.length > 0) long.set(holder, jobs)
    else long.delete(holder)
  }

  function isWaitedFor(job: Job): boolean {
    if (!job.endsIfOver()) return true
    leaveLong(job)
    return false
  }

  /** Takes a call into the line; false when there is no room for it. */
  function enter(job: Job): boolean {
    try {
      if (job.waiter.begun !== true) line.enter(job.waiter.holder, job.waiter.bytes)
      schedule()
      return true
    } catch (error) {
      job.fail(error)
      return false
    }
  }

  function leave({ waiter }: Job): void {
    if (waiter.begun !== true) line.leave(waiter.holder, waiter.bytes)
  }

  function leaveLong(job: Job): void {
    if (job.waiter.begun !== true) line.leaveLong(job.waiter.holder)
    leave(job)
  }

  /** What waits already turns out to be long. */
  function addLong(job: Job): void {
    const { holder, since } = job.waiter
    try {
      if (job.waiter.begun !== true) line.enterLong(holder)
    } catch (error) {
      leave(job)
      job.fail(error)
      return
    }
    const jobs = long.get(holder) ?? []
    let at = jobs.length
    while (at > 0 && (jobs[at - 1] as Job).waiter.since > since) at--
    jobs.splice(at, 0, job)
    long.set(holder, jobs)
  }

  return {
    run(slices, waiter) {
      const job = new Job(slices, waiter)
      if (waiter.long) {
        if (enter(job)) addLong(job)
      } else if (untried.length > 0 || triedMs >= TRY_MS) {
        if (enter(job)) untried.push(job)
      } else {
        const begun = now()
        if (!job.step() && enter(job)) addLong(job)
        triedMs += now() - begun
        // The next turn of the event loop has time again.
        schedule()
      }
      return job.result
    }
  }
}

class Job<T = unknown> {
  readonly result: Promise<T>
  readonly waiter: Waiter
  /** Does one slice; true when there is no more to do. */
  readonly step: () => boolean
  readonly fail: (error: unknown) => void

  constructor(slices: Slices<T>, waiter: Waiter) {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.result = promise
    this.waiter = waiter
    this.fail = reject
    this.step = () => {
      try {
        const { done, value } = slices.next()
        if (done !== true) return false
        resolve(value)
      } catch (error) {
        reject(error)
      }
      return true
    }
  }

  /** Ends it when nobody waits for it any more, and says so. */
  endsIfOver(): boolean {
    try {
      this.waiter.check()
      return false
    } catch (error) {
      this.fail(error)
      return true
    }
  }
}
