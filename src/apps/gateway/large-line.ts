import type { ShedReason } from './admission.ts'

/** Whose calls wait: the same object for all of one caller, as caller-shares.ts gives it. */
export interface Holder {
  readonly caller: string
}

/** How many large calls wait, and how much they hold, together and by caller. */
export interface LargeLine {
  /** One more waits, whose request has so many bytes. Throws ABOX_SHED when there is no room for it, or none for this caller. */
  enter(holder: Holder, bytes: number): void
  leave(holder: Holder, bytes: number): void
  /** One that waits is known to take long. Throws ABOX_SHED as `enter` does, and leaves it waiting. */
  enterLong(holder: Holder): void
  leaveLong(holder: Holder): void
}

export interface LargeLineOptions {
  /** How many with long work may wait; 256. */
  readonly maxLong?: number
  /** Bytes of the requests of all who wait; 128 MiB. One alone may be larger. */
  readonly maxBytes?: number
  /** Counts a call that is not begun, and gives the error that it ends with. */
  readonly refuse: (reason: ShedReason, text: string) => Error
}

/** What one caller has in line. */
interface Place {
  waiting: number
  bytes: number
  long: number
}

/** From this part of either bound on nobody gets more than a fair share. */
const NEARLY_FULL = 0.8

/**
 * The rule of admission.ts, for what large calls use up: while less than four fifths are used everybody gets what he asks for;
 * above that a caller that holds its fair share, 1 / (callers in line + 1), is refused. So one caller's large calls stop at four
 * fifths, and the first one of another caller finds room at once. Calls in the line are few, so their callers are too.
 */
export function createLargeLine(options: LargeLineOptions): LargeLine {
  const { maxLong = 256, maxBytes = 128 * 1024 * 1024, refuse } = options
  const places = new Map<Holder, Place>()
  let bytes = 0
  let long = 0

  /** Throws when `wanted` more of `most`, of which `used` are used, are not for a caller that has `own` of them. */
  function checkShare(holder: Holder, most: number, used: number, own: number, wanted: number, unit: string): void {
    if (own === 0 || used + wanted <= Math.ceil(most * NEARLY_FULL)) return
    const callers = places.size
    const fair = most / (callers + 1)
    if (own + wanted <= fair) return
    const text = `found ${own} ${unit} of ${holder.caller} among ${used} in line, expected at most ${Math.floor(fair)} of ${callers} callers`
    throw refuse('large_share', `${text} while ${most} are nearly reached`)
  }

  return {
    enter(holder, more) {
      if (bytes > 0 && bytes + more > maxBytes) {
        throw refuse('large_bytes', `found ${bytes} bytes of large calls in line, expected at most ${maxBytes}`)
      }
      const place = places.get(holder) ?? { waiting: 0, bytes: 0, long: 0 }
      checkShare(holder, maxBytes, bytes, place.bytes, more, 'bytes of large calls')
      places.set(holder, place)
      place.waiting++
      place.bytes += more
      bytes += more
    },
    leave(holder, less) {
      const place = places.get(holder) as Place
      place.bytes -= less
      bytes -= less
      if (--place.waiting === 0) places.delete(holder)
    },
    enterLong(holder) {
      if (long >= maxLong) throw refuse('large_line', `found ${long} large calls in line, which is all that may wait`)
      const place = places.get(holder) as Place
      checkShare(holder, maxLong, long, place.long, 1, 'large calls')
      place.long++
      long++
    },
    leaveLong(holder) {
      const place = places.get(holder) as Place
      place.long--
      long--
    }
  }
}
