import type { HessianBudget } from './budget.ts'
import { kindOf, unexpected } from './refuse.ts'
import { HessianScan, MAX_ITEMS, tooManyItems } from './scan.ts'

/** No method has more than 255 parameters; before and behind them a body has a few values of its own. */
const MAX_VALUES = 512

/** What a list, map or object counts in a slice, beside its bytes: to open and to close one takes as long as so many. */
const CONTAINER_WORK = 8
/** Bytes after which we look how much of a slice is left. */
const STRIDE = 2048
/** What is passed once more, and at once, to find the items of a list that is inside another value. */
const MOST_AGAIN = 32 * 1024

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

  /**
   * Walks about so many bytes more, or fewer where these hold many values, and tells whether all is walked. Has to be
   * called until it is, before anything else.
   */
  walk(bytes: number): boolean {
    const stop = this.pos + bytes
    const begun = this.refOffsets.length
    let left = Math.max(1, bytes)
    try {
      while (this.#current !== undefined || this.#next()) {
        this.#walkTo(this.pos + Math.min(left, STRIDE))
        left = stop - this.pos - CONTAINER_WORK * (this.refOffsets.length - begun)
        if (left <= 0 && this.pos < this.end) return false
      }
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
    const many = this.#walked.get(start)?.items
    if (many !== undefined && many.length > MAX_ITEMS) throw tooManyItems(start)
    const walked = this.#walkedAt(start)
    if (walked === undefined) return this.#unlessKnown(() => super.skipItems())
    if (this.bytes[start] === 0x4e) return super.skipItems()
    const items = this.bytes[start] === 0x51 ? this.#itemsOf(start) : walked.items
    if (items === undefined) throw unexpected(start, this.tag('a list'), 'a list')
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

  /** The items of the list that the reference at `at` names. A long one is found only when it is inside no other value. */
  #itemsOf(at: number): number[] {
    this.pos = at + 1
    const target = this.refOffsets.at(this.readInt())
    this.pos = target
    const known = this.#walked.get(target)?.items
    if (known !== undefined && known.length > MAX_ITEMS) throw tooManyItems(target)
    const items = known ?? this.#unlessKnown(() => this.items(Math.min(this.end, target + MOST_AGAIN)))
    if (items === undefined) throw unexpected(at, 0x51, 'a list that is short or inside no other value')
    return items
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

  /** Goes on with the current value, until it ends or the cursor has come to `stop`. */
  #walkTo(stop: number): void {
    const current = this.#current as Walked
    const { items } = current
    for (;;) {
      if (!this.run(stop, this.#noting)) return
      if (this.#noting === 0) break
      if (this.pos >= stop && this.pos < this.end) return
      // One more than there may be, so that `skipItems` sees that there are too many.
      if (items !== undefined && items.length <= MAX_ITEMS && this.more()) {
        items.push(this.pos)
        this.next()
      } else this.#noting = 0
    }
    current.end = this.pos
    this.#current = undefined
  }
}
