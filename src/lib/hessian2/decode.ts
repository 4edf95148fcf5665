import { defaultBudget, type HessianBudget } from './budget.ts'
import { hasUnnamed, UNNAMED_FIELDS } from './class-info.ts'
import { MAX_KEPT, nameAt } from './name-cache.ts'
import type { Offsets } from './offsets.ts'
import { HessianReader } from './reader.ts'
import { checkedCount, checkIndex, kindOf, tooDeep, tooMany, unexpected } from './refuse.ts'
import { type HessianScan, UNTIL_END } from './scan.ts'
import { shortAscii } from './short-strings.ts'
import { unitsToString } from './utf.ts'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'

type Container = HList | HDoubles | HMap | HObject

/** A class as objects need it: they share the list of names. */
interface NamedClass {
  readonly name: string
  readonly fields: readonly string[]
}

/** The offset behind a list, map or object, and the number of the next one there. */
interface End {
  readonly pos: number
  readonly number: number
}

/** Lists of up to so many items get their memory at once. Longer ones might promise items that they do not have. */
const MOST_AT_ONCE = 1024

/**
 * The scanned value at `offset`, with nothing lost (see values.ts). Binary data is a view of the scanned bytes.
 * Errors: ABOX_HESSIAN_TOO_DEEP when references lead deeper than the budget allows.
 */
export function decodeValue(scan: HessianScan, offset: number): HessianValue {
  return new Decoder(scan.bytes, offset, scan.end, scan.budget, scan).value(0)
}

/**
 * All values of a whole stream, which share their references. For tools and tests. Any ABOX_HESSIAN_ error. This reads the
 * stream once and refuses what a scan refuses.
 */
export function decodeBytes(bytes: Buffer, budget: HessianBudget = defaultBudget): HessianValue[] {
  const decoder = new Decoder(bytes, 0, bytes.length, budget, undefined)
  const values: HessianValue[] = []
  while (decoder.pos < decoder.end) values.push(decoder.value(0))
  return values
}

/**
 * Builds the values of a stream. With a scan it begins anywhere, and numbers of classes, types and references mean entries of
 * the scan's tables. Without one it begins at the start and keeps those tables itself.
 */
class Decoder extends HessianReader {
  readonly #budget: HessianBudget
  readonly #scan: HessianScan | undefined
  #nodes: number
  /** Number of the next list, map or object. */
  #number = 0
  /** Those that have been begun from `#first` on, one after the other; others by their number. */
  #first = 0
  readonly #row: Container[] = []
  #others: Map<number, Container> | undefined = undefined
  /** Of those that a reference to elsewhere made us read: where they end. Undefined while there was no such reference. */
  #ends: Map<number, End> | undefined = undefined
  readonly #classes: NamedClass[] = []
  /** Types in the order of the stream, or with a scan by the number it gave them. */
  readonly #types: (string | undefined)[] = []

  constructor(bytes: Buffer, start: number, end: number, budget: HessianBudget, scan: HessianScan | undefined) {
    super(bytes, start, end)
    this.#budget = budget
    this.#scan = scan
    // What a scan let pass is within the budget, and references make this read some of it again.
    this.#nodes = scan === undefined ? budget.maxNodes : Number.MAX_SAFE_INTEGER
    if (scan !== undefined) {
      this.#first = scan.refsBefore(start)
      this.#number = this.#first
    }
  }

  value(depth: number): HessianValue {
    const tag = this.tag('a value')
    if (this.#nodes-- <= 0) throw tooMany(this.pos, this.#budget.maxNodes)
    if (tag < 0x20) return this.#shortString(tag)
    if (tag === 0x44) return new HDouble(this.#float64())
    if (tag >= 0xd8) return new HLong(BigInt(this.readShortLong(tag)))
    if (tag >= 0xc0) return new HInt(this.readInt())
    if (tag >= 0x80) {
      this.pos++
      return new HInt(tag - 0x90)
    }
    if (this.#ends !== undefined && isContainer(tag)) return this.#once(depth, tag, this.#ends)
    if (tag >= 0x70) return this.#list(depth, tag)
    if (tag >= 0x60) return this.#object(depth, tag - 0x60)
    return this.#letter(depth, tag)
  }

  /**
   * A list, map or object that may have been read before: a reference led to it, and now to what it stands in, or the other
   * way round. It stays one, and what was read whole is not read again.
   */
  #once(depth: number, tag: number, ends: Map<number, End>): HessianValue {
    const number = this.#number
    const known = this.#noted(number)
    const end = ends.get(number)
    if (known !== undefined && end !== undefined) {
      this.pos = end.pos
      this.#number = end.number
      return known
    }
    const value =
      tag >= 0x70 ? this.#list(depth, tag) : tag >= 0x60 ? this.#object(depth, tag - 0x60) : this.#letter(depth, tag)
    ends.set(number, { pos: this.pos, number: this.#number })
    if (known === undefined) return value
    this.#put(number, known)
    return known
  }

  #letter(depth: number, tag: number): HessianValue {
    switch (tag) {
      case 0x4e:
        this.pos++
        return null
      case 0x54:
        this.pos++
        return true
      case 0x46:
        this.pos++
        return false
      case 0x49:
        return new HInt(this.readInt())
      case 0x5b:
      case 0x5c:
      case 0x5d:
      case 0x5e:
      case 0x5f:
        return new HDouble(this.readDouble())
      case 0x4c:
        return new HLong(this.readLong())
      case 0x59:
        return new HLong(BigInt(this.readShortLong(tag)))
      case 0x4a:
      case 0x4b:
        return new HDate(this.readDate())
      case 0x48:
      case 0x4d:
        return this.#map(depth, tag)
      case 0x43:
        return this.#classThenObject(depth)
      case 0x4f:
        return this.#object(depth, UNTIL_END)
      case 0x51:
        return this.#ref(depth)
      default:
        return this.#long(depth, tag)
    }
  }

  #long(depth: number, tag: number): HessianValue {
    const kind = kindOf(tag)
    if (kind === 'list') return this.#list(depth, tag)
    if (kind === 'long') return new HLong(BigInt(this.readShortLong(tag)))
    if (kind === 'string') return this.readString()
    if (kind === 'binary') return this.readBinary()
    throw unexpected(this.pos, tag, 'a value')
  }

  #shortString(units: number): string {
    const { bytes } = this
    const start = this.pos + 1
    const stop = start + units
    if (stop > this.end) return this.readString()
    let at = start
    while (at < stop && (bytes[at] as number) < 0x80) at++
    if (at === stop) {
      this.pos = stop
      return shortAscii(bytes, start, units)
    }
    this.pos = this.unitsEnd(start, units)
    return unitsToString(bytes, start, this.pos, units)
  }

  /** A name, or the key of a map, that is a short string and likely to have come before; undefined for all others. */
  #knownName(tag: number): string | undefined {
    const start = this.pos + 1
    const stop = start + tag
    if (tag > MAX_KEPT || stop > this.end) return undefined
    const name = nameAt(this.bytes, start, tag)
    if (name !== undefined) this.pos = stop
    return name
  }

  /** A double of nine bytes. */
  #float64(): number {
    const at = this.pos
    if (this.end - at < 9) return this.readDouble()
    this.pos = at + 9
    return this.view.getFloat64(at + 1)
  }

  #inside(depth: number): number {
    const { maxDepth } = this.#budget
    if (depth >= maxDepth) throw tooDeep(this.pos, maxDepth)
    return depth + 1
  }

  /** The list, map or object with this number, if it has been begun. */
  #noted(number: number): Container | undefined {
    return this.#row[number - this.#first] ?? this.#others?.get(number)
  }

  /** Notes the list, map or object with this number, so that references find it. */
  #note(number: number, value: Container): void {
    if (this.#ends === undefined || this.#noted(number) === undefined) this.#put(number, value)
  }

  #put(number: number, value: Container): void {
    const at = number - this.#first
    if (at === this.#row.length) this.#row.push(value)
    else if (at >= 0 && at < this.#row.length) this.#row[at] = value
    else {
      this.#others ??= new Map()
      this.#others.set(number, value)
    }
  }

  #list(depth: number, tag: number): HList | HDoubles {
    const inside = this.#inside(depth)
    const number = this.#number++
    const at = this.pos++
    const typed = (tag & 0xf8) === 0x70 || tag === 0x55 || tag === 0x56
    const type = typed ? this.#type() : undefined
    if (tag === 0x55 || tag === 0x57) return this.#untilEnd(inside, number, type)
    const found = tag >= 0x70 ? tag & 7 : this.readInt()
    const count = checkedCount(at, found, 'the number of items of a list', this.pos, this.end)
    const doubles = count > 0 && isDouble(this.bytes[this.pos] as number) ? this.#doubles(count) : undefined
    if (doubles !== undefined) {
      const row = new HDoubles(doubles, type)
      this.#note(number, row)
      return row
    }
    const list = new HList(count <= MOST_AT_ONCE ? new Array<HessianValue>(count) : [], type)
    this.#note(number, list)
    const { items } = list
    for (let i = 0; i < count; i++) items[i] = this.value(inside)
    return list
  }

  /** So many doubles; undefined, and nothing consumed, when another value is among them. */
  #doubles(count: number): Float64Array | undefined {
    const { bytes, view, end } = this
    const start = this.pos
    if (count > MOST_AT_ONCE && !areDoubles(bytes, start, end, count)) return undefined
    const values = new Float64Array(count)
    let at = start
    for (let i = 0; i < count; i++) {
      const run = readRun(bytes, view, at, end, values, i)
      at += run * 9
      i += run
      if (i === count) break
      const tag = at < end ? (bytes[at] as number) : 0
      if (isDouble(tag)) {
        this.pos = at
        values[i] = this.readDouble()
        at = this.pos
      } else {
        this.pos = start
        return undefined
      }
    }
    this.#nodes -= count
    if (this.#nodes < 0) throw tooMany(start, this.#budget.maxNodes)
    this.pos = at
    return values
  }

  #untilEnd(inside: number, number: number, type: string | undefined): HList | HDoubles {
    const { bytes, end } = this
    const list = new HList([], type)
    this.#note(number, list)
    const { items } = list
    let doubles = true
    while (this.pos < end && bytes[this.pos] !== 0x5a) {
      const item = this.value(inside)
      if (!(item instanceof HDouble)) doubles = false
      items.push(item)
    }
    this.take(1, 'the end (0x5a) of a list')
    if (!doubles || items.length === 0) return list
    const values = Float64Array.from(items as HDouble[], (item) => item.value)
    const row = new HDoubles(values, type)
    this.#put(number, row)
    return row
  }

  #map(depth: number, tag: number): HMap {
    const inside = this.#inside(depth)
    const { bytes, end } = this
    const number = this.#number++
    this.pos++
    const map = new HMap([], [], tag === 0x4d ? this.#type() : undefined)
    this.#note(number, map)
    const { keys, values } = map
    while (this.pos < end && bytes[this.pos] !== 0x5a) {
      keys.push(this.#key(inside))
      values.push(this.value(inside))
    }
    this.take(1, 'the end (0x5a) of a map')
    return map
  }

  #key(inside: number): HessianValue {
    const at = this.pos
    const name = this.#knownName(this.bytes[at] as number)
    if (name === undefined) return this.value(inside)
    if (this.#nodes-- <= 0) throw tooMany(at, this.#budget.maxNodes)
    return name
  }

  #classThenObject(depth: number): HObject {
    const scan = this.#scan
    if (scan === undefined) this.#class()
    // The scan knows where the object behind the classes begins.
    else this.pos = scan.refOffsets.at(this.#number)
    for (;;) {
      const tag = this.tag('an object')
      if ((tag & 0xf0) === 0x60) return this.#object(depth, tag - 0x60)
      if (tag === 0x4f) return this.#object(depth, UNTIL_END)
      if (tag !== 0x43) throw unexpected(this.pos, tag, 'an object of the class defined before it')
      if (this.#nodes-- <= 0) throw tooMany(this.pos, this.#budget.maxNodes)
      this.#class()
    }
  }

  #class(): void {
    this.pos++
    const name = this.#name()
    const at = this.pos
    const count = checkedCount(at, this.readInt(), 'the number of fields of a class', this.pos, this.end)
    this.#nodes -= count
    if (this.#nodes < 0) throw tooMany(this.pos, this.#budget.maxNodes)
    const fields: string[] = []
    for (let left = count; left > 0; left--) fields.push(this.#name())
    this.#classes.push({ name, fields: count === 0 && hasUnnamed(name) ? UNNAMED_FIELDS : fields })
  }

  #name(): string {
    return (this.pos < this.end ? this.#knownName(this.bytes[this.pos] as number) : undefined) ?? this.readName()
  }

  /** `short` is the number of the class when the first byte tells it, UNTIL_END when an int follows. */
  #object(depth: number, short: number): HObject {
    const inside = this.#inside(depth)
    const at = this.pos++
    const index = short === UNTIL_END ? this.readInt() : short
    const { name, fields } = this.#classNumber(at, index)
    const size = checkedCount(at, fields.length, 'the number of fields of an object', this.pos, this.end)
    const values: HessianValue[] = size <= MOST_AT_ONCE ? new Array<HessianValue>(size) : []
    const object = new HObject(name, fields, values)
    this.#note(this.#number++, object)
    for (let i = 0; i < size; i++) values[i] = this.value(inside)
    return object
  }

  #classNumber(at: number, index: number): NamedClass {
    if (this.#scan !== undefined) return this.#scan.classInfo(index)
    checkIndex(at, index, this.#classes.length, 'class')
    return this.#classes[index] as NamedClass
  }

  #ref(depth: number): HessianValue {
    const at = this.pos++
    const number = this.readInt()
    const known = this.#noted(number)
    if (known !== undefined) return known
    // Only a value that is decoded on its own can refer to what stands elsewhere.
    const elsewhere = this.#scan?.refOffsets
    checkIndex(at, number, elsewhere?.length ?? this.#row.length, 'list, map or object')
    this.#ends ??= new Map()
    const back = this.pos
    const next = this.#number
    this.pos = (elsewhere as Offsets).at(number)
    this.#number = number
    const value = this.value(depth)
    this.pos = back
    this.#number = next
    return value
  }

  /** Consumes the type of a list or map. */
  #type(): string {
    const at = this.pos
    const tag = this.tag('a type')
    if (kindOf(tag) === 'string') {
      const type = this.readName()
      if (this.#scan === undefined) this.#types.push(type)
      return type
    }
    const index = this.readInt()
    const known = this.#types[index]
    if (known !== undefined) return known
    const offsets = this.#scan?.typeOffsets ?? []
    checkIndex(at, index, this.#scan === undefined ? this.#types.length : offsets.length, 'type')
    const type = this.#scan?.stringAt(offsets[index] as number) ?? ''
    this.#types[index] = type
    return type
  }
}

/** Of a tag below 0x80: whether it begins a list, map or object, classes before it included. */
function isContainer(tag: number): boolean {
  return tag >= 0x60 || (tag >= 0x55 && tag <= 0x58) || tag === 0x48 || tag === 0x4d || tag === 0x43 || tag === 0x4f
}

function isDouble(tag: number): boolean {
  return tag === 0x44 || (tag >= 0x5b && tag <= 0x5f)
}

/** Fills `values` from `from` on as far as doubles of nine bytes follow each other, and returns how many these are. */
function readRun(bytes: Buffer, view: DataView, pos: number, end: number, values: Float64Array, from: number): number {
  const most = Math.min(values.length - from, ((end - pos) / 9) | 0)
  let at = pos
  for (let i = 0; i < most; i++) {
    if (bytes[at] !== 0x44) return i
    values[from + i] = view.getFloat64(at + 1)
    at += 9
  }
  return most
}

/** Whether so many doubles begin at `pos`; the last of them may be cut. */
function areDoubles(bytes: Buffer, pos: number, end: number, count: number): boolean {
  let at = pos
  for (let left = count; left > 0; left--) {
    const tag = at < end ? (bytes[at] as number) : 0
    if (tag === 0x44) at += 9
    else if (tag === 0x5b || tag === 0x5c) at++
    else if (tag === 0x5d) at += 2
    else if (tag === 0x5e) at += 3
    else if (tag === 0x5f) at += 5
    else return false
  }
  return true
}
