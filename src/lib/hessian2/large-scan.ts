import type { HessianBudget } from './budget.ts'
import { kindOf, unexpected } from './refuse.ts'
import { HessianScan, MAX_ITEMS, tooManyItems } from './scan.ts'

/** No method has more than 255 parameters; before and behind them a body has a few values of its own. */
const MAX_VALUES = 512

/** A value that is inside no other. */
interface Walked {
  readonly start: number
  end: number
  /** Offsets of its items, the first MAX_ITEMS of them, when it is a list. */
  readonly items: number[] | undefined
  /** What was refused in it. */
  error: Error | undefined
}

/**
 * A scan of a stream so long that walking it at once would keep everything else waiting. `walk` goes through it slice by
 * slice; then it is read like any other scan, and `skip` and `skipItems` jump over what was walked. An error that was met
 * is thrown where an ordinary scan throws it: when the value is passed that holds it.
 */
export class LargeScan extends HessianScan {
  readonly #walked: Map<number, Walked> = new Map()
  #current: Walked | undefined = undefined
  /** Up to here values are known, and the tables hold what they need. */
  #known = 0
  /** Lists inside which items are noted: 1 or 0. */
  #noting = 0

  constructor(bytes: Buffer, start: number, end: number, budget: HessianBudget) {
    super(bytes, start, end, budget)
    this.#known = this.start
  }

  /** Walks about so many bytes more and tells whether all is walked. Has to be called until it is, before anything else. */
  walk(bytes: number): boolean {
    const stop = Math.min(this.end, this.pos + bytes)
    try {
      while (this.#current !== undefined || this.#next()) if (!this.#walkTo(stop)) return false
    } catch (error) {
      if (this.#current === undefined || !(error instanceof Error)) throw error
      this.#current.error = error
    }
    this.#known = this.pos
    this.pos = this.start
    return true
  }

  override skip(): number {
    const start = this.pos
    const walked = this.#walkedAt(start)
    if (walked === undefined) return this.#unlessKnown(() => super.skip())
    this.pos = walked.end
    return start
  }

  override skipItems(): number[] {
    const start = this.pos
    const walked = this.#walkedAt(start)
    if (walked === undefined) return this.#unlessKnown(() => super.skipItems())
    if (this.bytes[start] === 0x4e) return super.skipItems()
    const items = this.bytes[start] === 0x51 ? this.#itemsOf(start + 1) : walked.items
    if (items === undefined) throw unexpected(start, this.tag('a list'), 'a list')
    if (items.length > MAX_ITEMS) throw tooManyItems(start)
    this.pos = walked.end
    return items
  }

  override enterMap(): boolean {
    this.#walkedAt(this.pos)
    return this.#unlessKnown(() => super.enterMap())
  }

  /** The value that was walked from `start` on; what was refused in it is thrown. */
  #walkedAt(start: number): Walked | undefined {
    const walked = this.#walked.get(start)
    if (walked?.error !== undefined) throw walked.error
    return walked
  }

  /** Reads something inside of a walked value. Its entries in the tables are there already. */
  #unlessKnown<T>(read: () => T): T {
    if (this.pos >= this.#known) return read()
    const { nodes } = this
    const result = this.again(read)
    this.nodes = nodes
    return result
  }

  /** The items of the list whose number stands at `at`. It is one of those that are inside no other value, or refused. */
  #itemsOf(at: number): number[] | undefined {
    this.pos = at
    return this.#walked.get(this.refOffsets[this.readInt()] as number)?.items
  }

  /** Begins the next value; false when there is none. */
  #next(): boolean {
    if (this.pos >= this.end || this.#walked.size === MAX_VALUES) return false
    const start = this.pos
    const list = kindOf(this.bytes[start] as number) === 'list'
    this.#noting = list ? 1 : 0
    this.#current = { start, end: start, items: list ? [] : undefined, error: undefined }
    this.#walked.set(start, this.#current)
    this.begin(0)
    return true
  }

  /** Goes on with the current value; false when it has not ended at `stop`. */
  #walkTo(stop: number): boolean {
    const current = this.#current as Walked
    const { items } = current
    for (;;) {
      if (!this.run(stop, this.#noting)) return false
      if (this.#noting === 0) break
      // One more than there may be, so that `skipItems` sees that there are too many.
      if (items !== undefined && items.length <= MAX_ITEMS && this.more()) {
        items.push(this.pos)
        this.next()
      } else this.#noting = 0
    }
    current.end = this.pos
    this.#current = undefined
    return true
  }
}
