/**
 * First pass over a Hessian stream: every byte is validated, and what later values refer to is recorded as offsets.
 * Nothing is built. The second pass (to-json.ts, decode.ts) starts at the offset of any scanned value.
 *
 *   value  ::= scalar (reader.ts) | list | map | object | 51 int    (51: reference to a list, map or object before)
 *   list   ::= 70-77 type value{0…7} | 78-7f value{0…7}
 *            | 56 type int value* | 58 int value* | 55 type value* 5a | 57 value* 5a
 *   map    ::= 48 (value value)* 5a | 4d type (value value)* 5a
 *   object ::= class* (60-6f value* | 4f int value*)               (class 0…15, or by number; as many values as fields)
 *   class  ::= 43 string int string*                               (name, number of fields, their names; class-info.ts has
 *                                                                  two whose objects hold a value more than fields)
 *   type   ::= string | int                                        (int: a type string before, by number)
 *
 * Three tables grow as the stream goes, shared by all values of one stream: classes, type strings, and the lists,
 * maps and objects in the order in which they begin.
 *
 * The walk keeps what is open in lists of its own and not on the stack, so that it can stop after so many bytes and go on
 * later (large-scan.ts).
 */
import type { AboxError } from '#core/errors'
import { defaultBudget, type HessianBudget } from './budget.ts'
import { ClassInfo, hasUnnamedAt, UNNAMED_FIELDS } from './class-info.ts'
import { hessianErrors } from './errors.ts'
import { Offsets } from './offsets.ts'
import { HessianReader } from './reader.ts'
import { checkedCount, checkIndex, kindOf, refuse, tooDeep, tooMany, unexpected } from './refuse.ts'
import { LONG_UNITS } from './utf.ts'

/** Count of a list whose end is marked instead. */
export const UNTIL_END = -1
/** The most arguments, or types of them, in one list: no Java method has more than 255 parameters. */
export const MAX_ITEMS = 1000
/** What is left of a map: it goes on with a key or its end mark, or with the value of a key. */
const AT_KEY = -2
const AT_VALUE = -3

/** A value that is passed piece by piece. */
type Pieces = 'none' | 'string' | 'binary' | 'names'

/** Any error of reader.ts, and ABOX_HESSIAN_LENGTH, _REF, _TOO_DEEP, _TOO_MANY. */
export class HessianScan extends HessianReader {
  readonly budget: HessianBudget
  /** Where the stream begins in `bytes`. */
  readonly start: number
  /** Offset of the name of each class. */
  readonly classOffsets: Offsets = new Offsets()
  /** How many fields each class has. */
  readonly classSizes: Offsets = new Offsets()
  /** Offset of each name of a field, class by class, and which of them is the first one of each class. */
  readonly #nameOffsets: Offsets = new Offsets()
  readonly #firstNames: Offsets = new Offsets()
  /** Offset of each type string. */
  readonly typeOffsets: number[] = []
  /** Offset of each list, map and object, that of an object being behind the classes defined just before it. */
  readonly refOffsets: Offsets = new Offsets()
  /** Where the units of each long piece of a string end that is not all ASCII, by where they begin. */
  wideEnds: Map<number, number> | undefined = undefined
  readonly #classes: (ClassInfo | undefined)[] = []
  /** Bytes of the class definitions that `classInfo` has been asked for so far. */
  classBytes = 0
  /** How many references were passed. Without any, the JSON of a stream is a few times as long as the stream at most. */
  refs = 0
  protected nodes: number
  /** How many lists, maps and objects are open, and what is left of each: so many values, UNTIL_END, AT_KEY or AT_VALUE. */
  #depth = 0
  readonly #left: number[] = [0]
  #pieces: Pieces = 'none'
  #emptyPieces = 0
  /** Of the class that is being defined: offset of its name, number of its fields, names of fields still to come. */
  #className = 0
  #classSize = 0
  #names = 0

  constructor(bytes: Buffer, start = 0, end: number = bytes.length, budget: HessianBudget = defaultBudget) {
    super(bytes, start, end)
    this.start = start
    this.budget = budget
    this.nodes = budget.maxNodes
  }

  /** Passes one value and returns its offset. */
  skip(): number {
    const start = this.pos
    this.begin(0)
    this.run(this.end, 0)
    return start
  }

  /** Begins to read a map entry by entry: consumes its head. False for null, which is consumed whole. */
  enterMap(): boolean {
    const tag = this.tag('a map or null')
    if (tag === 0x4e) {
      this.pos++
      return false
    }
    if (tag !== 0x48 && tag !== 0x4d) throw unexpected(this.pos, tag, 'a map or null')
    this.#mapHead(tag)
    return true
  }

  /** Whether the map that was entered ends here; its end mark is then consumed. */
  atEnd(): boolean {
    if (this.tag('an entry or the end of a map') !== 0x5a) return false
    this.pos++
    return true
  }

  /** A scalar as text (a date as ms since 1970); undefined, and the value passed, for everything else and null. */
  readText(): string | undefined {
    const kind: string = this.peek()
    switch (kind) {
      case 'string':
        return this.readString()
      case 'int':
        return String(this.readInt())
      case 'long':
        return String(this.readLong())
      case 'double':
        return String(this.readDouble())
      case 'date':
        return String(this.readDate())
      case 'boolean':
        return this.bytes[this.pos++] === 0x54 ? 'true' : 'false'
      default:
        this.skip()
        return undefined
    }
  }

  /** Passes a list (or null, or a reference to a list) of at most MAX_ITEMS and returns the offsets of its items. */
  skipItems(): number[] {
    const tag = this.tag('a list or null')
    if (tag === 0x4e) {
      this.pos++
      return []
    }
    if (tag === 0x51) return this.#itemsAgain()
    return this.items(this.end) as number[]
  }

  /** Passes a list and returns the offsets of its items; undefined, and its end not reached, when `stop` comes first. */
  protected items(stop: number): number[] | undefined {
    const at = this.pos
    const tag = this.tag('a list')
    if (kindOf(tag) !== 'list') throw unexpected(at, tag, 'a list')
    this.begin(0)
    const offsets: number[] = []
    while (this.more()) {
      if (offsets.push(this.pos) > MAX_ITEMS) throw tooManyItems(at)
      this.next()
      if (!this.run(stop, 1)) return undefined
    }
    return this.run(stop, 0) ? offsets : undefined
  }

  /** The string at the offset of a scanned value. */
  stringAt(offset: number): string {
    const back = this.pos
    this.pos = offset
    const text = this.readString()
    this.pos = back
    return text
  }

  /** How many of the lists, maps and objects begin before `offset`. */
  refsBefore(offset: number): number {
    const { refOffsets } = this
    let low = 0
    let high = refOffsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (refOffsets.at(middle) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What is known of class number `index`, which is one of those scanned. Read from the stream when first asked for. */
  classInfo(index: number): ClassInfo {
    const known = this.#classes[index]
    if (known !== undefined) return known
    const back = this.pos
    const at = this.classOffsets.at(index)
    this.pos = at
    const name = this.readString()
    const fields = this.#nameOffsets.slice(this.#firstNames.at(index), this.readInt())
    if (fields.length > 0) {
      this.pos = fields[fields.length - 1] as number
      this.skipName()
    }
    const size = this.pos - at
    this.classBytes += size
    this.pos = back
    const unnamed = fields.length < this.classSizes.at(index)
    const info = unnamed
      ? new ClassInfo(this, name, at, size, Int32Array.of(at), UNNAMED_FIELDS)
      : new ClassInfo(this, name, at, size, fields)
    this.#classes[index] = info
    return info
  }

  protected override unitsEnd(pos: number, units: number): number {
    const stop = super.unitsEnd(pos, units)
    if (units >= LONG_UNITS && stop - pos !== units) {
      this.wideEnds ??= new Map()
      this.wideEnds.set(pos, stop)
    }
    return stop
  }

  /** Begins a value inside `depth` others: passes it when it is a short scalar, else `run` has to follow. */
  protected begin(depth: number): void {
    this.#depth = depth
    this.#pieces = 'none'
    this.#value()
  }

  /** Whether the innermost list holds another item. */
  protected more(): boolean {
    const left = this.#left[this.#depth] as number
    return left === UNTIL_END ? this.bytes[this.pos] !== 0x5a || this.pos >= this.end : left > 0
  }

  /** Begins the next item of the innermost list. */
  protected next(): void {
    const left = this.#left[this.#depth] as number
    if (left > 0) this.#left[this.#depth] = left - 1
    this.#value()
  }

  /**
   * Goes on with what was begun until no more than `depth` lists, maps and objects are open, or the cursor has come to `stop`:
   * then false, and nothing is lost. `end` as `stop` means that there is no stop.
   */
  protected run(stop: number, depth: number): boolean {
    for (;;) {
      if (this.#pieces !== 'none' && !this.#passPieces(stop)) return false
      const inside = this.#depth
      if (inside <= depth) return true
      if (this.pos >= stop && this.pos < this.end) return false
      const left = this.#left[inside] as number
      if (left > 0) this.#counted(inside, left, stop)
      else if (left === 0) this.#depth = inside - 1
      else if (left === UNTIL_END) this.#marked(inside, stop)
      else this.#entries(inside, left, stop)
    }
  }

  /** Passes scalars of fixed size in one go, and begins the value behind them. */
  #counted(inside: number, left: number, stop: number): void {
    const run = this.skipFixedRun(Math.min(left, stop - this.pos))
    this.nodes -= run
    if (this.nodes < 0) throw tooMany(this.pos, this.budget.maxNodes)
    if (run === left) this.#depth = inside - 1
    else {
      this.#left[inside] = left - run - 1
      this.#value()
    }
  }

  #marked(inside: number, stop: number): void {
    const { bytes, end } = this
    while (this.pos < end && bytes[this.pos] !== 0x5a) {
      this.#value()
      if (this.#depth !== inside || this.pos >= stop || this.#pieces !== 'none') return
    }
    this.take(1, 'the end (0x5a) of a list')
    this.#depth = inside - 1
  }

  #entries(inside: number, left: number, stop: number): void {
    const { bytes, end } = this
    let key = left === AT_KEY
    while (!key || (this.pos < end && bytes[this.pos] !== 0x5a)) {
      this.#value()
      key = !key
      if (this.#depth !== inside || this.pos >= stop || this.#pieces !== 'none') {
        this.#left[inside] = key ? AT_KEY : AT_VALUE
        return
      }
    }
    this.take(1, 'the end (0x5a) of a map')
    this.#depth = inside - 1
  }

  /** The items of a list that was passed before: it is walked again, and what that records is taken back. */
  #itemsAgain(): number[] {
    const target = this.#ref()
    const back = this.pos
    return this.again(() => {
      this.pos = target
      const offsets = this.items(this.end) as number[]
      this.pos = back
      return offsets
    })
  }

  /** Runs what passes bytes that were passed before; what it records is taken back. */
  protected again<T>(pass: () => T): T {
    const { classOffsets, classSizes, typeOffsets, refOffsets } = this
    const tables = [classOffsets, classSizes, this.#nameOffsets, this.#firstNames, typeOffsets, refOffsets]
    const lengths = tables.map((table) => table.length)
    const result = pass()
    for (const [i, table] of tables.entries()) table.length = lengths[i] as number
    return result
  }

  /** Passes a short scalar; opens a list, map or object; leaves what comes in pieces to `run`. */
  #value(): void {
    const tag = this.tag('a value')
    if (this.nodes-- <= 0) throw tooMany(this.pos, this.budget.maxNodes)
    if (this.skipFixed(tag)) return
    if (tag < 0x20) this.pos = super.unitsEnd(this.pos + 1, tag)
    else if ((tag & 0xf0) === 0x60) this.#object(tag - 0x60)
    else if ((tag & 0xf0) === 0x70) this.#list(tag)
    else this.#letter(tag)
  }

  #letter(tag: number): void {
    switch (tag) {
      case 0x48:
      case 0x4d:
        this.#room()
        this.#mapHead(tag)
        this.#open(AT_KEY)
        break
      case 0x43:
        this.#class()
        break
      case 0x4f:
        this.#object(UNTIL_END)
        break
      case 0x51:
        this.#ref()
        this.refs++
        return
      case 0x55:
      case 0x56:
      case 0x57:
      case 0x58:
        this.#list(tag)
        break
      default:
        this.#long(tag)
        break
    }
  }

  /** Strings and binary data with a length of their own. */
  #long(tag: number): void {
    if (tag === 0x52 || tag === 0x53 || (tag & 0xfc) === 0x30) this.#pieces = 'string'
    else if (tag === 0x41 || tag === 0x42 || (tag & 0xf0) === 0x20 || (tag & 0xfc) === 0x34) this.#pieces = 'binary'
    else throw unexpected(this.pos, tag, 'a value')
    this.#emptyPieces = 0
  }

  /** Passes the pieces of a value up to its last one, or to `stop`: then false. */
  #passPieces(stop: number): boolean {
    if (this.#pieces === 'names') return this.#passNames(stop)
    for (;;) {
      const head = this.#pieces === 'string' ? this.stringHead() : this.binaryHead()
      const size = head < 0 ? ~head : head
      if (this.#pieces === 'string') this.pos = this.unitsEnd(this.pos, size)
      else this.takeBytes(size)
      if (head >= 0) {
        this.#pieces = 'none'
        return true
      }
      this.#emptyPieces = size === 0 ? this.countEmpty(this.#emptyPieces) : 0
      if (this.pos >= stop && this.pos < this.end) return false
    }
  }

  #mapHead(tag: number): void {
    this.refOffsets.push(this.pos++)
    if (tag === 0x4d) this.#type()
  }

  #list(tag: number): void {
    this.#room()
    this.#open(this.#listHead(tag))
  }

  /** Consumes what stands before the items and returns their count, UNTIL_END when an end mark follows them. */
  #listHead(tag: number): number {
    const at = this.pos++
    this.refOffsets.push(at)
    if ((tag & 0xf8) === 0x70 || tag === 0x55 || tag === 0x56) this.#type()
    if ((tag & 0xf0) === 0x70) return checkedCount(at, tag & 7, 'the number of items of a list', this.pos, this.end)
    if (tag === 0x56 || tag === 0x58)
      return checkedCount(at, this.readInt(), 'the number of items of a list', this.pos, this.end)
    if (tag === 0x55 || tag === 0x57) return UNTIL_END
    throw unexpected(at, tag, 'a list')
  }

  #type(): void {
    const tag = this.tag('a type')
    if (kindOf(tag) === 'string') {
      this.typeOffsets.push(this.pos)
      this.skipName()
      return
    }
    const at = this.pos
    checkIndex(at, this.readInt(), this.typeOffsets.length, 'type')
  }

  /** Begins a class definition: its name and the number of its fields. */
  #class(): void {
    this.#className = ++this.pos
    this.skipName()
    const at = this.pos
    this.#classSize = checkedCount(at, this.readInt(), 'the number of fields of a class', this.pos, this.end)
    this.nodes -= this.#classSize
    if (this.nodes < 0) throw tooMany(this.pos, this.budget.maxNodes)
    this.#names = this.#classSize
    this.#pieces = 'names'
  }

  /** Passes the field names of a class, any number of classes behind it, and then the head of their object. */
  #passNames(stop: number): boolean {
    for (;;) {
      while (this.#names > 0) {
        if (this.pos >= stop && this.pos < this.end) return false
        this.#names--
        this.#nameOffsets.push(this.pos)
        this.skipName()
      }
      this.#defined()
      const tag = this.tag('an object')
      if (tag !== 0x43) {
        this.#pieces = 'none'
        if ((tag & 0xf0) === 0x60) this.#object(tag - 0x60)
        else if (tag === 0x4f) this.#object(UNTIL_END)
        else throw unexpected(this.pos, tag, 'an object of the class defined before it')
        return true
      }
      if (this.nodes-- <= 0) throw tooMany(this.pos, this.budget.maxNodes)
      this.#class()
      // A class without fields has no name at which to stop.
      if (this.#names === 0 && this.pos >= stop && this.pos < this.end) return false
    }
  }

  /** All of a class definition has been passed. */
  #defined(): void {
    const unnamed = this.#classSize === 0 && hasUnnamedAt(this.bytes, this.#className)
    this.#firstNames.push(this.#nameOffsets.length - this.#classSize)
    this.classOffsets.push(this.#className)
    this.classSizes.push(unnamed ? 1 : this.#classSize)
  }

  /** `short` is the number of the class when the first byte tells it, UNTIL_END when an int follows. */
  #object(short: number): void {
    this.#room()
    const at = this.pos++
    const index = short === UNTIL_END ? this.readInt() : short
    checkIndex(at, index, this.classSizes.length, 'class')
    this.refOffsets.push(at)
    this.#open(checkedCount(at, this.classSizes.at(index), 'the number of fields of an object', this.pos, this.end))
  }

  /** Consumes a reference and returns the offset of what it refers to. */
  #ref(): number {
    const at = this.pos++
    const index = this.readInt()
    checkIndex(at, index, this.refOffsets.length, 'list, map or object')
    return this.refOffsets.at(index)
  }

  /** Refuses a list, map or object that would be one too many inside each other. */
  #room(): void {
    if (this.#depth >= this.budget.maxDepth) throw tooDeep(this.pos, this.budget.maxDepth)
  }

  /** Opens a list, map or object. */
  #open(left: number): void {
    this.#depth++
    this.#left[this.#depth] = left
  }
}

export function tooManyItems(at: number): AboxError {
  const detail = `a list of more than ${MAX_ITEMS} items, where the parameters of a method are expected`
  return refuse(hessianErrors.ABOX_HESSIAN_TOO_MANY, at, detail)
}
