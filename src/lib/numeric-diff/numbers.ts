import { JsonReader } from '#lib/json'
import { sameDecimal } from './decimal-text.ts'
import { ulpsBetween } from './ulps.ts'

/** How far two numbers may be apart. Each is 0 unless given; one that holds is enough. */
export interface Tolerance {
  /** Of the larger of both. Not for two integers: they are ids or counts. */
  readonly relative: number
  readonly absolute: number
  /** Doubles that lie between, plus one. Not for two integers. */
  readonly ulps: number
}

export type NumberVerdict = 'equal' | 'within' | 'different' | 'nan'

/** From here on neighbouring doubles are two apart, so that a double does not tell which whole number was meant. */
const EXACT_END = 2 ** 53

/**
 * Two JSON numbers where the readers stand; both are consumed.
 *
 * - Both written as integers: equal when they are the same number, of whatever length. Only `absolute` applies.
 * - Otherwise equal when they are the same double below 2^53 (`1` and `1.0`, `0` and `-0.0`), and from there on, where one
 *   double stands for several numbers, when they are the same number.
 * - `NaN` equals itself; beside anything else it is `nan`. An infinity equals itself and is far from all others.
 */
export class NumberComparer {
  /** Of the pair that was judged last: |left − right|, and its part of the larger of both; Infinity where there is none. */
  absolute = 0
  relative = 0
  readonly #tolerance: Tolerance

  constructor(tolerance: Tolerance) {
    this.#tolerance = tolerance
  }

  judge(left: JsonReader, right: JsonReader): NumberVerdict {
    const leftForm = left.scanNumber()
    const rightForm = right.scanNumber()
    if (leftForm === 'integer' && rightForm === 'integer') return this.#integers(left, right)
    const a = left.numberAs(leftForm)
    const b = right.numberAs(rightForm)
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? this.#same() : this.#far('nan')
    if (isWord(leftForm) || isWord(rightForm)) return leftForm === rightForm ? this.#same() : this.#far('different')
    if (a === b) {
      if (Math.abs(a) < EXACT_END || sameDecimal(left.numberText(), right.numberText())) return this.#same()
      if (!Number.isFinite(a)) return this.#far('different')
      // They are apart by less than a double can say.
      this.relative = Number.EPSILON / 2
      this.absolute = Math.abs(a) * this.relative
    } else this.#measure(a, b)
    return this.#isWithin(a, b) ? 'within' : 'different'
  }

  #measure(a: number, b: number): void {
    const larger = Math.max(Math.abs(a), Math.abs(b))
    this.absolute = Math.abs(a - b)
    if (Number.isFinite(this.absolute)) this.relative = this.absolute / larger
    else this.relative = Number.isFinite(larger) ? Math.abs(a / larger - b / larger) : Infinity
  }

  #isWithin(a: number, b: number): boolean {
    const { relative, absolute, ulps } = this.#tolerance
    if (this.absolute <= absolute || this.relative <= relative) return true
    return ulps > 0 && Number.isFinite(a) && Number.isFinite(b) && ulpsBetween(a, b) <= ulps
  }

  #integers(left: JsonReader, right: JsonReader): NumberVerdict {
    const a = left.integerAs('integer')
    const b = right.integerAs('integer')
    // More digits than are worth a number: the text is the number, because JSON allows no zeros before it.
    if (a === undefined || b === undefined) {
      return left.numberText() === right.numberText() ? this.#same() : this.#far('different')
    }
    if (a === b) return this.#same()
    if (typeof a === 'number' && typeof b === 'number') this.#measure(a, b)
    else this.#measureExactly(BigInt(a), BigInt(b))
    return this.absolute <= this.#tolerance.absolute ? 'within' : 'different'
  }

  #measureExactly(a: bigint, b: bigint): void {
    const apart = size(a - b)
    let larger = size(a)
    if (size(b) > larger) larger = size(b)
    this.absolute = Number(apart)
    this.relative =
      Number(larger) === Infinity ? Number((apart * SCALE) / larger) / Number(SCALE) : this.absolute / Number(larger)
  }

  #same(): 'equal' {
    this.absolute = 0
    this.relative = 0
    return 'equal'
  }

  #far(verdict: 'different' | 'nan'): NumberVerdict {
    this.absolute = Infinity
    this.relative = Infinity
    return verdict
  }
}

/** Digits of a part of one that are kept where the numbers themselves are beyond every double. */
const SCALE = 10n ** 15n

const size = (value: bigint): bigint => (value < 0n ? -value : value)

/** As NumberComparer: two JSON numbers, each alone in its text. Throws ABOX_JSON_SYNTAX. */
export function compareNumbers(
  left: string,
  right: string,
  { relative = 0, absolute = 0, ulps = 0 }: Partial<Tolerance>
): NumberVerdict {
  const readers = [left, right].map((text) => new JsonReader(Buffer.from(text))) as [JsonReader, JsonReader]
  for (const reader of readers) reader.peek()
  return new NumberComparer({ relative, absolute, ulps }).judge(...readers)
}

const isWord = (form: string): boolean => form === 'Infinity' || form === '-Infinity'
