import type { Clock } from './clock.ts'

/**
 * Something that has a time limit. The links of its place in the wheel are fields of the thing itself, so that a timer
 * costs no object: extend this class. Only the wheel touches the fields.
 */
export abstract class TimerEntry {
  /** Undefined when it is in no wheel. */
  nextTimer: TimerEntry | undefined = undefined
  previousTimer: TimerEntry | undefined = undefined
  dueTick = 0

  /** Its time is over; it is in no wheel any more, and may be added again. */
  abstract expire(): void
}

/** Many time limits on one timer of Node. */
export interface TimerWheel {
  /**
   * `entry.expire()` runs when `ms` are over: never before, and at most about one tick after, however the wall clock
   * jumps. An entry that is in the wheel already is moved. The timer does not keep the process alive.
   */
  add(ms: number, entry: TimerEntry): void
  /** Nothing happens when it is in no wheel. */
  remove(entry: TimerEntry): void
  /** Entries in the wheel. */
  size(): number
  /** Forgets the timer; entries that are left never expire. */
  close(): void
}

export interface TimerWheelOptions {
  /** Precision, ms. */
  readonly tickMs: number
  readonly clock: Clock
}

/** One round is this many ticks; a power of two. Entries further away stay in their slot for several rounds. */
const SLOTS = 2048
const MASK = SLOTS - 1
/** Longest limit, which is the longest delay of Node's timers; longer ones are taken for it. */
const MAX_MS = 0x7fff_ffff

/** The fixed point of a circular list; it never expires. */
class ListHead extends TimerEntry {
  constructor() {
    super()
    this.nextTimer = this
    this.previousTimer = this
  }

  expire(): void {}
}

/**
 * A hashed wheel: adding and removing change two links. The timer is set for the slot that is due next and not for every
 * tick. It is left alone when entries leave, since calls that are answered in time leave all the while.
 */
export function createTimerWheel({ tickMs, clock }: TimerWheelOptions): TimerWheel {
  const slots = Array.from({ length: SLOTS }, () => new ListHead())
  const due = new ListHead()
  const startedAt = clock.monotonicMs()
  let size = 0
  /** Everything that was due up to this tick has been found. */
  let doneTick = 0
  let timer: NodeJS.Timeout | undefined
  /** The tick for which the timer is set; below every tick while expired entries are told. */
  let armedTick = Number.POSITIVE_INFINITY

  const ticks = (): number => (clock.monotonicMs() - startedAt) / tickMs

  function arm(tick: number): void {
    clearTimeout(timer)
    armedTick = tick
    timer = setTimeout(turn, Math.max(1, Math.ceil((tick - ticks()) * tickMs)))
    timer.unref()
  }

  function turn(): void {
    timer = undefined
    armedTick = -1
    const now = Math.floor(ticks())
    // After a pause of more than a round each slot is looked at once.
    for (let tick = Math.max(doneTick + 1, now - MASK); tick <= now; tick++)
      collect(slots[tick & MASK] as ListHead, now)
    doneTick = Math.max(doneTick, now)
    try {
      // An entry that expires may remove others of this list: they are taken from its start, one by one.
      for (let first = due.nextTimer; first !== due; first = due.nextTimer) {
        unlink(first as TimerEntry)
        size--
        first?.expire()
      }
    } finally {
      armNext()
    }
  }

  /** Moves what is due by now from a slot to the list `due`. */
  function collect(head: ListHead, now: number): void {
    for (let entry = head.nextTimer as TimerEntry; entry !== head; ) {
      const next = entry.nextTimer as TimerEntry
      if (entry.dueTick <= now) {
        unlink(entry)
        append(due, entry)
      }
      entry = next
    }
  }

  function armNext(): void {
    armedTick = Number.POSITIVE_INFINITY
    if (size === 0) return
    let tick = doneTick + 1
    // What is left in `due` is there because an expire() has thrown.
    if (due.nextTimer === due)
      for (let head = slots[tick & MASK]; head?.nextTimer === head; ) head = slots[++tick & MASK]
    arm(tick)
  }

  return {
    add(ms, entry) {
      if (entry.nextTimer === undefined) size++
      else unlink(entry)
      // Also for a limit that is no number.
      const wait = ms > 0 ? Math.min(ms, MAX_MS) : 0
      const tick = Math.max(doneTick + 1, Math.ceil(ticks() + wait / tickMs))
      entry.dueTick = tick
      append(slots[tick & MASK] as ListHead, entry)
      if (tick < armedTick) arm(tick)
    },
    remove(entry) {
      if (entry.nextTimer === undefined) return
      unlink(entry)
      size--
    },
    size: () => size,
    close() {
      clearTimeout(timer)
      timer = undefined
    }
  }
}

function append(head: ListHead, entry: TimerEntry): void {
  const last = head.previousTimer as TimerEntry
  entry.previousTimer = last
  entry.nextTimer = head
  last.nextTimer = entry
  head.previousTimer = entry
}

function unlink(entry: TimerEntry): void {
  const next = entry.nextTimer as TimerEntry
  const previous = entry.previousTimer as TimerEntry
  previous.nextTimer = next
  next.previousTimer = previous
  entry.nextTimer = undefined
  entry.previousTimer = undefined
}
