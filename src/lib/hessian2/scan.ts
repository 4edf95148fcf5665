/**
 * First pass over a Hessian stream: every byte is validated, and what later values refer to is recorded as offsets.
 * Nothing is built. The second pass (to-json.ts, decode.ts) starts at the offset of any scanned value.
 *
 *   value  ::= scalar (reader.ts) | list | map | object | 51 int    (51: reference to a list, map or object before)
 *   list   ::= 70-77 type value{0…7} | 78-7f value{0…7}
 *            | 56 type int value* | 58 int value* | 55 type value* 5a | 57 value* 5a
 *   map    ::= 48 (value value)* 5a | 4d type (value value)* 5a
 *   object ::= class* (60-6f value* | 4f int value*)               (class 0…15, or by number; as many values as fields)
 *   class  ::= 43 string int string*                               (name, number of fields, their names)
 *   type   ::= string | int                                        (int: a type string before, by number)
 *
 * Three tables grow as the stream goes, shared by all values of one stream: classes, type strings, and the lists,
 * maps and objects in the order in which they begin.
 */
import type { AboxError } from '#core/errors'
import { defaultBudget, type HessianBudget } from './budget.ts'
import { ClassInfo } from './class-info.ts'
import { hessianErrors } from './errors.ts'
import { HessianReader } from './reader.ts'
import { badLength, refuse, tooDeep, truncated, unexpected } from './refuse.ts'

/** Count of a list whose end is marked instead. */
export const UNTIL_END = -1

/** Any error of reader.ts, and ABOX_HESSIAN_LENGTH, _REF, _TOO_DEEP, _TOO_MANY. */
export class HessianScan extends HessianReader {
  readonly budget: HessianBudget
  /** Where the stream begins in `bytes`. */
  readonly start: number
  /** Offset of the name of each class. */
  readonly classOffsets: number[] = []
  /** How many fields each class has. */
  readonly classSizes: number[] = []
  /** Offset of each type string. */
  readonly typeOffsets: number[] = []
  /** Offset of each list, map and object, that of an object being behind the classes defined just before it. */
  readonly refOffsets: number[] = []
  readonly #classes: (ClassInfo | undefined)[] = []
  #nodes: number

  constructor(bytes: Buffer, start = 0, end: number = bytes.length, budget: HessianBudget = defaultBudget) {
    super(bytes, start, end)
    this.start = start
    this.budget = budget
    this.#nodes = budget.maxNodes
  }

  /** Passes one value and returns its offset. */
  skip(): number {
    const start = this.pos
    this.#value(0)
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

  /** Passes a list (or null, or a reference to a list) and returns the offsets of its items. */
  skipItems(): number[] {
    const tag = this.tag('a list or null')
    if (tag === 0x4e) {
      this.pos++
      return []
    }
    if (tag === 0x51) return this.#itemsAgain()
    const count = this.#listHead(tag)
    const offsets: number[] = []
    if (count === UNTIL_END) while (!this.atEnd()) offsets.push(this.#item())
    else for (let i = 0; i < count; i++) offsets.push(this.#item())
    return offsets
  }

  /** The string at the offset of a scanned value. */
  stringAt(offset: number): string {
    const back = this.pos
    this.pos = offset
    const text = this.readString()
    this.pos = back
    return text
  }

  /** What is known of class number `index`, which is one of those scanned. Read from the stream when first asked for. */
  classInfo(index: number): ClassInfo {
    const known = this.#classes[index]
    if (known !== undefined) return known
    const back = this.pos
    const at = this.classOffsets[index] as number
    this.pos = at
    const name = this.readString()
    const fields: number[] = []
    for (let left = this.readInt(); left > 0; left--) {
      fields.push(this.pos)
      this.skipString()
    }
    this.pos = back
    const info = new ClassInfo(this, name, at, fields)
    this.#classes[index] = info
    return info
  }

  #item(): number {
    const at = this.pos
    this.#value(1)
    return at
  }

  /** The items of a list that was passed before: it is walked again, and what that records is taken back. */
  #itemsAgain(): number[] {
    const target = this.#ref()
    const back = this.pos
    const tables = [this.classOffsets, this.classSizes, this.typeOffsets, this.refOffsets]
    const lengths = tables.map((table) => table.length)
    this.pos = target
    if (this.peek() !== 'list') throw unexpected(target, this.tag('a list'), 'a list')
    const offsets = this.skipItems()
    for (const [i, table] of tables.entries()) table.length = lengths[i] as number
    this.pos = back
    return offsets
  }

  #value(depth: number): void {
    const tag = this.tag('a value')
    if (this.#nodes-- <= 0) throw this.#tooMany()
    if (this.skipFixed(tag)) return
    if (tag < 0x20) this.skipString()
    else if ((tag & 0xf0) === 0x60) this.#object(depth, tag - 0x60)
    else if ((tag & 0xf0) === 0x70) this.#list(depth, tag)
    else this.#letter(depth, tag)
  }

  #letter(depth: number, tag: number): void {
    switch (tag) {
      case 0x48:
      case 0x4d:
        this.#map(depth, tag)
        break
      case 0x43:
        this.#classThenObject(depth)
        break
      case 0x4f:
        this.#object(depth, UNTIL_END)
        break
      case 0x51:
        this.#ref()
        return
      case 0x55:
      case 0x56:
      case 0x57:
      case 0x58:
        this.#list(depth, tag)
        break
      default:
        this.#long(tag)
        break
    }
  }

  /** Strings and binary data with a length of their own. */
  #long(tag: number): void {
    if (tag === 0x52 || tag === 0x53 || (tag & 0xfc) === 0x30) this.skipString()
    else if (tag === 0x41 || tag === 0x42 || (tag & 0xf0) === 0x20 || (tag & 0xfc) === 0x34) this.skipBinary()
    else throw unexpected(this.pos, tag, 'a value')
  }

  #map(depth: number, tag: number): void {
    const inside = this.#inside(depth)
    this.#mapHead(tag)
    const { bytes, end } = this
    while (this.pos < end && bytes[this.pos] !== 0x5a) {
      this.#value(inside)
      this.#value(inside)
    }
    this.take(1, 'the end (0x5a) of a map')
  }

  #mapHead(tag: number): void {
    this.refOffsets.push(this.pos++)
    if (tag === 0x4d) this.#type()
  }

  #list(depth: number, tag: number): void {
    const inside = this.#inside(depth)
    const count = this.#listHead(tag)
    if (count !== UNTIL_END) {
      this.#values(inside, count)
      return
    }
    const { bytes, end } = this
    while (this.pos < end && bytes[this.pos] !== 0x5a) this.#value(inside)
    this.take(1, 'the end (0x5a) of a list')
  }

  #values(depth: number, count: number): void {
    let left = count
    while (left > 0) {
      const run = this.skipFixedRun(left)
      left -= run
      this.#nodes -= run
      if (left-- > 0) this.#value(depth)
    }
    if (this.#nodes < 0) throw this.#tooMany()
  }

  /** Consumes what stands before the items and returns their count, UNTIL_END when an end mark follows them. */
  #listHead(tag: number): number {
    const at = this.pos++
    this.refOffsets.push(at)
    if ((tag & 0xf8) === 0x70 || tag === 0x55 || tag === 0x56) this.#type()
    if ((tag & 0xf0) === 0x70) return this.#count(at, tag & 7, 'the number of items of a list')
    if (tag === 0x56 || tag === 0x58) return this.#count(at, this.readInt(), 'the number of items of a list')
    if (tag === 0x55 || tag === 0x57) return UNTIL_END
    throw unexpected(at, tag, 'a list')
  }

  #type(): void {
    const tag = this.tag('a type')
    if (tag < 0x20 || tag === 0x53 || tag === 0x52 || (tag & 0xfc) === 0x30) {
      this.typeOffsets.push(this.pos)
      this.skipString()
      return
    }
    const at = this.pos
    this.#index(at, this.readInt(), this.typeOffsets.length, 'type')
  }

  /** Any number of class definitions, in a loop because a chain of them must not nest; then their object. */
  #classThenObject(depth: number): void {
    let tag = 0x43
    while (tag === 0x43) {
      if (this.#nodes-- <= 0) throw this.#tooMany()
      this.#class()
      tag = this.tag('an object')
    }
    if ((tag & 0xf0) === 0x60) this.#object(depth, tag - 0x60)
    else if (tag === 0x4f) this.#object(depth, UNTIL_END)
    else throw unexpected(this.pos, tag, 'an object of the class defined before it')
  }

  #class(): void {
    const name = ++this.pos
    this.skipString()
    const at = this.pos
    const count = this.#count(at, this.readInt(), 'the number of fields of a class')
    this.#nodes -= count
    if (this.#nodes < 0) throw this.#tooMany()
    for (let i = 0; i < count; i++) this.skipString()
    this.classOffsets.push(name)
    this.classSizes.push(count)
  }

  /** `short` is the number of the class when the first byte tells it, UNTIL_END when an int follows. */
  #object(depth: number, short: number): void {
    const inside = this.#inside(depth)
    const at = this.pos++
    const index = short === UNTIL_END ? this.readInt() : short
    this.#index(at, index, this.classSizes.length, 'class')
    this.refOffsets.push(at)
    const size = this.#count(at, this.classSizes[index] as number, 'the number of fields of an object')
    this.#values(inside, size)
  }

  /** Consumes a reference and returns the offset of what it refers to. */
  #ref(): number {
    const at = this.pos++
    const index = this.readInt()
    this.#index(at, index, this.refOffsets.length, 'list, map or object')
    return this.refOffsets[index] as number
  }

  #inside(depth: number): number {
    if (depth >= this.budget.maxDepth) throw tooDeep(this.pos, this.budget.maxDepth)
    return depth + 1
  }

  /** Every item takes a byte at least, so a larger count cannot be true. */
  #count(at: number, count: number, what: string): number {
    const left = this.end - this.pos
    if (count < 0) throw badLength(at, what, count, left)
    if (count > left) throw truncated(this.pos, `${count} more values, since that is ${what}`, this.end)
    return count
  }

  #index(at: number, index: number, known: number, what: string): void {
    if (index >= 0 && index < known) return
    const detail = `number ${index} of the ${what} table, which has ${known} entries so far (counted from 0)`
    throw refuse(hessianErrors.ABOX_HESSIAN_REF, at, detail)
  }

  #tooMany(): AboxError {
    const { maxNodes } = this.budget
    const detail = `more than ${maxNodes} values, classes and fields in one stream`
    return refuse(hessianErrors.ABOX_HESSIAN_TOO_MANY, this.pos, detail)
  }
}
