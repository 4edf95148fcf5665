import { AboxError } from '#core/errors'
import { gatewayErrors } from './errors.ts'

/** Work in pieces: each `next` does a little of it, tenths of a millisecond at most. Nothing is made before the first. */
export type Slices<T> = Generator<undefined, T>

/** About how much is done in one piece: bytes that are read or written. */
export const SLICE_BYTES = 16 * 1024

/** For whom work is done. */
export interface Waiter {
  /** When its request was there, in monotonic ms: the oldest comes first. */
  readonly since: number
  /** What its request holds in memory. */
  readonly bytes: number
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

export interface TurnsOptions {
  /** Monotonic ms. */
  readonly now: () => number
  /** How many with long work may wait; 256. */
  readonly maxLong?: number
  /** Bytes of the requests of all who wait; 128 MiB. One alone may be larger. */
  readonly maxBytes?: number
}

/** In one turn of the event loop, first slices take about so many ms, and all together about so many. */
const TRY_MS = 1.5
const TURN_MS = 3

/**
 * Long work is finished one after the other, the oldest first: what one call needs for it is there once, however many wait.
 * Work that may turn out to be short (as most calls with shared objects are) is tried first, at once while a turn of the event
 * loop has time for it, so that it never waits for long work.
 */
export function createTurns({ now, maxLong = 256, maxBytes = 128 * 1024 * 1024 }: TurnsOptions): Turns {
  /** Not tried yet, in the order in which they came. */
  let untried: Job[] = []
  /** Sorted by `since`. */
  let long: Job[] = []
  let bytes = 0
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
    long = long.filter((job) => !endsIfOver(job))
    tryAll(begun)
    for (;;) {
      const [oldest] = long
      if (oldest === undefined) break
      if (oldest.step()) {
        long.shift()
        bytes -= oldest.waiter.bytes
      }
      if (now() - begun >= TURN_MS) break
    }
    if (untried.length + long.length > 0) schedule()
  }

  function tryAll(begun: number): void {
    let tried = 0
    while (tried < untried.length && now() - begun < TRY_MS) {
      const job = untried[tried++] as Job
      if (endsIfOver(job)) continue
      bytes -= job.waiter.bytes
      if (!job.step()) addLong(job)
    }
    untried = untried.slice(tried)
  }

  function endsIfOver(job: Job): boolean {
    if (!job.isOver()) return false
    bytes -= job.waiter.bytes
    return true
  }

  function addLong(job: Job): void {
    if (long.length >= maxLong) job.fail(shed(`found ${maxLong} large calls in line`))
    else if (take(job)) {
      let at = long.length
      while (at > 0 && (long[at - 1] as Job).waiter.since > job.waiter.since) at--
      long.splice(at, 0, job)
    }
  }

  /** Counts what waits; false when it is too much. */
  function take(job: Job): boolean {
    const together = bytes + job.waiter.bytes
    if (bytes > 0 && together > maxBytes) {
      job.fail(shed(`found ${bytes} bytes of large calls in line, expected at most ${maxBytes}`))
      return false
    }
    bytes = together
    schedule()
    return true
  }

  return {
    run(slices, waiter) {
      const job = new Job(slices, waiter)
      if (waiter.long) addLong(job)
      else if (untried.length > 0 || triedMs >= TRY_MS) {
        if (take(job)) untried.push(job)
      } else {
        const begun = now()
        if (!job.step()) addLong(job)
        triedMs += now() - begun
        // The next turn of the event loop has time again.
        schedule()
      }
      return job.result
    }
  }
}

function shed(text: string): AboxError {
  return new AboxError(gatewayErrors.ABOX_SHED, `${text}; this call was not begun`)
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

  /** Ends it when nobody waits for it any more. */
  isOver(): boolean {
    try {
      this.waiter.check()
      return false
    } catch (error) {
      this.fail(error)
      return true
    }
  }
}
