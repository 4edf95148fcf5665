import { EXACT_POWER, longToDouble, PART_DIGITS, POWERS } from './decimal.ts'
import { areDigits, digitsIn, fourDigits, wordValue } from './digits.ts'

const SPACE = 0x20
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
/** What makes ASCII digits the numbers 0 to 9. */
const ZEROS = 0x30303030
// The engine knows the values of a module's own constants, not of imported ones.
const HEAD_DIGITS = PART_DIGITS
const WORD_FITS = PART_DIGITS - 4
const EXACT = EXACT_POWER
const TENS = POWERS
const WORD_POWERS = Int32Array.of(1, 10, 100, 1000, 10_000)
/** Every byte that one number of the row can be read by: sign, digits, point, and the rest of a word. */
const LONGEST = 32

/** A row of numbers that has been read: `values[0 … count)`, and `pos` is where the first unread element starts. */
export class NumberRow {
  readonly values: Float64Array = new Float64Array(256)
  count = 0
  pos = 0
  /** Whether the first of them was written without point: as a whole number of at most nine digits. −0 is among these. */
  whole = false

  /** Whether all of them are whole numbers from −`limit` to `limit`. */
  isWhole(limit: number): boolean {
    for (let i = 0; i < this.count; i++) {
      const value = this.values[i] as number
      if (value < -limit || value > limit || Math.trunc(value) !== value) return false
    }
    return true
  }

  /**
   * Reads the elements of an array of numbers from `start` on, as long as each of them is an ordinary one of at most 18
   * digits and ends with a comma. An exponent, a null, the last element, an error and what is near `end` are left to others.
   * With `alike`, a number with point also ends a row of numbers without, and the other way round.
   */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: in one piece, on local variables, it is as fast as JSON.parse; in several it takes twice as long.
  read(bytes: Buffer, view: DataView, start: number, end: number, alike: boolean): void {
    const { values } = this
    const stop = end - LONGEST
    let row = 0
    let whole = false
    let pos = start
    while (pos < stop && row < values.length) {
      let at = bytes[pos] === MINUS ? pos + 1 : pos
      const first = at
      let head = 0
      let digits = 0
      if (bytes[at] === ZERO) at++
      else {
        for (; digits < HEAD_DIGITS; digits++) {
          const digit = (bytes[at] as number) - ZERO
          if (digit < 0 || digit > 9) break
          head = (head * 10 + digit) | 0
          at++
        }
      }
      // A number that is none, or a long one, has no end here.
      if (at === first) break
      let tail = 0
      let tailDigits = 0
      let fraction = 0
      if (bytes[at] === DOT) {
        const dot = ++at
        if (digits === 0) while (at < stop && bytes[at] === ZERO) at++
        // Zeros right up to there would be taken for the head's digits.
        if (at >= stop) break
        const word = view.getInt32(at, true) ^ ZEROS
        const second = view.getInt32(at + 4, true) ^ ZEROS
        const ninth = (bytes[at + 8] as number) - ZERO
        if (digits === 0 && areDigits(word, second) && ninth >= 0 && ninth <= 9) {
          // What models answer: nine digits behind "0." and then at most eight more.
          head = (Math.imul(fourDigits(word), 100_000) + Math.imul(fourDigits(second), 10) + ninth) | 0
          at += HEAD_DIGITS
          const third = view.getInt32(at, true) ^ ZEROS
          tailDigits = digitsIn(third)
          if (tailDigits !== 0) tail = wordValue(third, tailDigits)
          at += tailDigits
          if (tailDigits === 4) {
            const last = view.getInt32(at, true) ^ ZEROS
            const found = digitsIn(last)
            if (found !== 0) {
              tail = (Math.imul(tail, WORD_POWERS[found] as number) + wordValue(last, found)) | 0
              tailDigits += found
              at += found
            }
          }
        } else {
          let found = 4
          while (found === 4 && digits <= WORD_FITS) {
            const word = view.getInt32(at, true) ^ ZEROS
            found = digitsIn(word)
            if (found === 0) break
            head = (Math.imul(head, WORD_POWERS[found] as number) + wordValue(word, found)) | 0
            digits += found
            at += found
          }
          if (found === 4) {
            for (; digits < HEAD_DIGITS; digits++) {
              const digit = (bytes[at] as number) - ZERO
              if (digit < 0 || digit > 9) {
                found = 0
                break
              }
              head = (head * 10 + digit) | 0
              at++
            }
            while (found === 4 && tailDigits <= WORD_FITS) {
              const word = view.getInt32(at, true) ^ ZEROS
              found = digitsIn(word)
              if (found === 0) break
              tail = (Math.imul(tail, WORD_POWERS[found] as number) + wordValue(word, found)) | 0
              tailDigits += found
              at += found
            }
          }
        }
        fraction = at - dot
        if (fraction === 0) break
      }
      if (bytes[at] !== COMMA) break
      if (row === 0) whole = fraction === 0
      else if (alike && whole !== (fraction === 0)) break
      const value =
        tailDigits === 0 && fraction <= EXACT
          ? head / (TENS[fraction] as number)
          : longToDouble(head, tail, tailDigits, -fraction)
      if (Number.isNaN(value)) break
      values[row++] = bytes[pos] === MINUS ? -value : value
      pos = bytes[at + 1] === SPACE ? at + 2 : at + 1
    }
    this.count = row
    this.pos = pos
    this.whole = whole
  }
}
