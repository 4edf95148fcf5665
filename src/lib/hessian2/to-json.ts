/**
 * From Hessian to JSON text, from bytes to bytes:
 *
 *   int, long → digits (all of them)         double → shortest decimal, recognisable as one (1.0, 1e300, NaN)
 *   date → ms since 1970, or ISO 8601 text   binary → Base64
 *   list → array                             map → object; keys that are scalars, enums or java.time by their text
 *   object of class C → {"class":"C", …}     as Java's own generic calls write it
 *   enum, BigDecimal, UUID, java.time, … →   their value (java-classes.ts)
 *   reference → what it refers to, again     Java's "no cause" (an exception that is its own cause) → null
 *
 * What is open is kept in lists and not on the stack, so that a large value is written in steps between which others are
 * served.
 *
 * A field name that a subclass repeats occurs twice, the last one counts, as for any reader of JSON.
 */
import type { JsonSink } from '#lib/json'
import { jsonLimit } from './budget.ts'
import type { ClassInfo } from './class-info.ts'
import { hessianErrors } from './errors.ts'
import { type JavaClass, layoutOf } from './java-classes.ts'
import { JavaText } from './java-text.ts'
import { isoText } from './java-time.ts'
import { JsonScalars } from './json-scalars.ts'
import { writeFieldName } from './json-string.ts'
import { kindOf, refuse, tooDeep } from './refuse.ts'
import { type HessianScan, UNTIL_END } from './scan.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * What some things count in a step, beside the bytes that are read and written for them, because they take as long: to open and
 * close a list, map or object, to make the text of an object, to begin a piece of a string or of binary data.
 */
const CONTAINER_WORK = 16
const TEXT_WORK = 64
const PIECE_WORK = 16
/** Bytes that are read to make a text count so many times. */
const TEXT_FACTOR = 4
/** Work of a step that is not meant to end; with more, what is counted were no small integers any longer. */
const AT_ONCE = 2 ** 30
/** Bytes before each piece of a string or of binary data. */
const PIECE_HEAD = 3

/** What is being written inside a list, map or object; of a map, a key or its value comes next. */
type Inside = 'items' | 'markedItems' | 'fields' | 'key' | 'value'

export interface JsonOptions {
  /** Whether the service declares a class as an enum. Objects whose only field is `name` are enums in any case. */
  readonly isEnum?: (className: string) => boolean | undefined
  /** `ms` (default): milliseconds since 1970, a number. `iso`: `"2023-11-14T22:13:20.123Z"`. */
  readonly dates?: 'ms' | 'iso'
}

/**
 * Appends the scanned value at `offset` to the sink, as described at the head of this file.
 * Errors: ABOX_HESSIAN_CYCLE, ABOX_HESSIAN_KEY; ABOX_HESSIAN_TOO_LARGE and _TOO_DEEP when references expand beyond the
 * budget; ABOX_JSON_TOO_LARGE of the sink. What was appended before an error is left in the sink.
 */
export function writeJson(scan: HessianScan, offset: number, sink: JsonSink, options: JsonOptions = {}): void {
  const steps = new JsonSteps(scan, offset, sink, options)
  while (!steps.step(AT_ONCE));
}

/** Does what `writeJson` does, in steps. The sink belongs to it until the last one. */
export class JsonSteps extends JsonScalars {
  readonly #isEnum: ((className: string) => boolean | undefined) | undefined
  readonly #maxDepth: number
  /**
   * Length of the sink beyond which we refuse. Bytes that are read without being written lower it: otherwise a few
   * references to something that is long to read and short to write would keep us busy.
   */
  #limit: number
  /** Length of the sink at which this step ends, lowered likewise. */
  #stop = 0
  #begun = false
  /** What is being written that comes in pieces, and where to go on behind it; −1: there. */
  #pieces: 'none' | 'string' | 'binary' = 'none'
  #piecesBack = -1
  /** How many lists, maps and objects we are inside of. Of each, by depth: */
  #depth = 0
  readonly #inside: Inside[] = ['items']
  /** how many items or fields are left, */
  readonly #left: number[] = [0]
  /** the offset where it begins, */
  readonly #open: number[] = [-1]
  /** where to go on behind it when a reference led to it, else −1, */
  readonly #back: number[] = [-1]
  /** and the class of an object. */
  readonly #infos: (ClassInfo | undefined)[] = [undefined]
  #javaText: JavaText | undefined = undefined
  /** Bytes of classes that are counted. */
  #classBytes: number

  constructor(scan: HessianScan, offset: number, sink: JsonSink, options: JsonOptions = {}) {
    super(scan, offset, sink, options.dates === 'iso')
    this.#isEnum = options.isEnum
    this.#maxDepth = scan.budget.maxDepth
    this.#classBytes = scan.classBytes
    this.#limit = sink.length + jsonLimit(scan.budget, scan.end - scan.start)
  }

  /** Goes on until about `work` bytes more have been written or read, and tells whether the value is whole. */
  step(work: number): boolean {
    this.#stop = this.sink.length + work
    if (!this.#begun) {
      this.#begun = true
      this.#value(-1)
    }
    for (;;) {
      if (this.#pieces !== 'none' && !this.#writePieces()) return false
      const depth = this.#depth
      if (depth === 0) return true
      if (this.sink.length >= this.#stop) return false
      const inside = this.#inside[depth]
      if (inside === 'items') this.#items(depth)
      else if (inside === 'fields') this.#fields(depth)
      else if (inside === 'markedItems') this.#markedItems(depth)
      else this.#entries(depth)
    }
  }

  /** Counts bytes that are read without being written. */
  #charge(bytes: number): void {
    this.#limit -= bytes
    this.#stop -= bytes
  }

  /** Whether another list, map, object or string has been opened inside the one at this depth, or the step is over. */
  #leaves(depth: number): boolean {
    return this.#depth !== depth || this.#pieces !== 'none' || this.sink.length >= this.#stop
  }

  /** Writes a value, or begins to. `back`: where to go on behind it when a reference led here, else −1. */
  #value(back: number): void {
    if (this.sink.length > this.#limit) throw this.#tooLarge()
    const tag = this.tag('a value')
    if (tag < 0x48 || tag >= 0x80) {
      if (tag === 0x43) this.#object(back)
      else if (tag === 0x41) this.#begin('binary', back)
      else this.scalar(tag)
    } else if (tag >= 0x70) this.#list(tag, back)
    else if (tag >= 0x60) this.#object(back)
    else this.#letter(tag, back)
  }

  #letter(tag: number, back: number): void {
    switch (tag) {
      case 0x48:
      case 0x4d:
        this.#map(tag, back)
        break
      case 0x4f:
        this.#object(back)
        break
      case 0x51:
        this.#ref()
        break
      case 0x52:
        this.#begin('string', back)
        break
      case 0x55:
      case 0x56:
      case 0x57:
      case 0x58:
        this.#list(tag, back)
        break
      default:
        this.scalar(tag)
        break
    }
  }

  #begin(pieces: 'string' | 'binary', back: number): void {
    this.sink.byte(QUOTE)
    this.#pieces = pieces
    this.#piecesBack = back
  }

  /** Goes on with what comes in pieces. False when the step is over before that is whole. */
  #writePieces(): boolean {
    const string = this.#pieces === 'string'
    while (!(string ? this.piece() : this.binaryPiece())) {
      this.#charge(PIECE_HEAD)
      this.#stop -= PIECE_WORK
      if (this.sink.length >= this.#stop) return false
    }
    this.sink.byte(QUOTE)
    this.#pieces = 'none'
    this.#return(this.#piecesBack)
    return true
  }

  /** Remembers that a list, map or object is being written, whose inside comes next. */
  #enter(inside: Inside, at: number, left: number, back: number, info?: ClassInfo): void {
    this.#stop -= CONTAINER_WORK
    this.#depth++
    const depth = this.#depth
    this.#inside[depth] = inside
    this.#open[depth] = at
    this.#left[depth] = left
    this.#back[depth] = back
    this.#infos[depth] = info
  }

  #room(at: number): void {
    if (this.#depth >= this.#maxDepth) throw tooDeep(at, this.#maxDepth)
  }

  #close(depth: number, byte: number): void {
    this.sink.byte(byte)
    this.#return(this.#back[depth] as number)
    this.#depth = depth - 1
  }

  #return(back: number): void {
    if (back >= 0) this.pos = back
  }

  #list(tag: number, back: number): void {
    const at = this.pos
    this.#room(at)
    const count = this.listHead(tag)
    this.#charge(this.pos - at)
    this.sink.byte(OPEN_LIST)
    this.#enter(count === UNTIL_END ? 'markedItems' : 'items', at, count, back)
  }

  #items(depth: number): void {
    const { bytes, sink } = this
    let left = this.#left[depth] as number
    while (left > 0) {
      this.#comma(OPEN_LIST)
      const tag = bytes[this.pos] as number
      if (tag >= 0x80 && tag < 0xd8) left -= this.ints(left)
      else if (tag === 0x44) left -= this.doubles(left)
      else {
        left--
        this.#value(-1)
      }
      if (sink.length > this.#limit) throw this.#tooLarge()
      if (this.#leaves(depth)) {
        this.#left[depth] = left
        return
      }
    }
    this.#close(depth, 0x5d)
  }

  #markedItems(depth: number): void {
    const { bytes } = this
    while (bytes[this.pos] !== 0x5a) {
      this.#comma(OPEN_LIST)
      this.#value(-1)
      if (this.#leaves(depth)) return
    }
    this.pos++
    this.#close(depth, 0x5d)
  }

  /** Writes a comma unless the list or map has only just been opened. */
  #comma(open: number): void {
    const { sink } = this
    if (sink.bytes[sink.length - 1] !== open) sink.byte(COMMA)
  }

  #map(tag: number, back: number): void {
    const at = this.pos
    this.#room(at)
    this.pos++
    if (tag === 0x4d) this.typeOffset()
    this.#charge(this.pos - at)
    this.sink.byte(OPEN_OBJECT)
    this.#enter('key', at, 0, back)
  }

  #entries(depth: number): void {
    const { bytes, sink } = this
    let key = this.#inside[depth] === 'key'
    for (;;) {
      if (!key) {
        sink.byte(COLON)
        this.#value(-1)
      } else if (bytes[this.pos] !== 0x5a) {
        this.#comma(OPEN_OBJECT)
        this.#key()
      } else {
        this.pos++
        this.#close(depth, 0x7d)
        return
      }
      key = !key
      if (this.#leaves(depth)) {
        this.#inside[depth] = key ? 'key' : 'value'
        return
      }
    }
  }

  #key(): void {
    const tag = this.bytes[this.pos] as number
    if (tag < 0x20) {
      this.scalar(tag)
      return
    }
    const kind = kindOf(tag)
    if (kind === 'string') this.#value(-1)
    else if (kind === 'object' || kind === 'class') this.#objectKey(this.pos, -1)
    else if (kind === 'ref') {
      const at = this.pos
      const target = this.refTarget()
      const back = this.pos
      this.pos = target
      this.#objectKey(at, back)
    } else if (kind === 'binary' || kind === 'list' || kind === 'map') throw this.#badKey(this.pos, `a ${kind}`)
    else if (kind === 'date' && this.isoDates) this.scalar(tag)
    else {
      this.sink.byte(QUOTE)
      this.scalar(tag)
      this.sink.byte(QUOTE)
    }
  }

  /** `at`: offset of the key, which may be a reference to the object at the cursor. */
  #objectKey(at: number, back: number): void {
    const start = this.pos
    const tag = this.passClasses()
    if (tag !== 0x4f && (tag & 0xf0) !== 0x60) throw this.#badKey(at, `a ${kindOf(tag)}`)
    const info = this.#classOf(tag)
    this.#charge(this.pos - start)
    const layout = layoutOf(info, this.#isEnum)
    const text = layout && this.#textOf(info, layout)
    if (text === undefined) throw this.#badKey(at, `an object of ${info.name}`)
    this.sink.string(layout?.as === 'date' && this.isoDates ? isoText(BigInt(text)) : text)
    this.#return(back)
  }

  #object(back: number): void {
    const start = this.pos
    const tag = this.passClasses()
    const at = this.pos
    const info = this.#classOf(tag)
    this.#charge(this.pos - start)
    const layout = layoutOf(info, this.#isEnum)
    if (layout?.oneString === true && info.fieldOffsets.length === 1 && this.peek() === 'string') {
      this.#stop -= CONTAINER_WORK
      this.#value(back)
      // A string in pieces goes back by itself when it is whole.
      if (this.#pieces === 'none') this.#return(back)
      return
    }
    const text = layout && this.#textOf(info, layout)
    if (layout !== undefined && text !== undefined) {
      this.#text(text, layout)
      this.#return(back)
      return
    }
    this.#room(at)
    this.sink.ascii('{"class":')
    this.stringFrom(info.nameOffset)
    this.#enter('fields', at, info.fieldOffsets.length, back, info)
  }

  /** Consumes the first bytes of an object. Its class is read when it is the first one of it, and that counts. */
  #classOf(tag: number): ClassInfo {
    const info = this.objectClass(tag)
    const { classBytes } = this.scan
    if (classBytes !== this.#classBytes) {
      this.#stop -= TEXT_FACTOR * (classBytes - this.#classBytes)
      this.#classBytes = classBytes
    }
    return info
  }

  #text(text: string, { as }: JavaClass): void {
    const { sink } = this
    if (as === 'date' && this.isoDates) sink.string(isoText(BigInt(text)))
    else if (as === 'json' || as === 'date' || (as === 'number' && JSON_NUMBER.test(text))) {
      sink.odd = true
      sink.ascii(text)
    } else sink.string(text)
  }

  #fields(depth: number): void {
    const { sink, bytes } = this
    const { fieldOffsets } = this.#infos[depth] as ClassInfo
    for (let left = this.#left[depth] as number; left > 0; ) {
      const name = fieldOffsets[fieldOffsets.length - left] as number
      const units = bytes[name] as number
      if (units < 0x20) writeFieldName(sink, bytes, name + 1, units)
      else {
        sink.byte(COMMA)
        this.#stop -= this.stringFrom(name)
        sink.byte(COLON)
      }
      left--
      this.#left[depth] = left
      this.#value(-1)
      if (this.#leaves(depth)) return
    }
    this.#close(depth, 0x7d)
  }

  /** Text of the object whose fields begin here, which are then consumed; nothing is when it has none. */
  #textOf(info: ClassInfo, layout: JavaClass): string | undefined {
    this.#javaText ??= new JavaText(this.scan, this.#isEnum)
    const reader = this.#javaText
    const before = reader.spent
    const text = reader.read(this.pos, info.fieldOffsets.length, info.fields, layout)
    const spent = reader.spent - before
    this.#limit -= spent
    this.#stop -= TEXT_WORK + TEXT_FACTOR * spent
    if (text !== undefined) this.pos = reader.pos
    return text
  }

  #ref(): void {
    const at = this.pos
    const depth = this.#depth
    const target = this.refTarget()
    if (this.#open.lastIndexOf(target, depth) >= 0) {
      if (target === this.#open[depth] && this.#isCause(depth)) {
        this.sink.ascii('null')
        return
      }
      const detail = `a reference to byte ${target}, inside the very value that begins there`
      throw refuse(hessianErrors.ABOX_HESSIAN_CYCLE, at, detail)
    }
    const back = this.pos
    this.pos = target
    this.#value(back)
  }

  /** Whether the field `cause` of the innermost object is being written. */
  #isCause(depth: number): boolean {
    const info = this.#infos[depth]
    if (info === undefined) return false
    const { bytes } = this
    const at = info.fieldOffsets[info.fieldOffsets.length - 1 - (this.#left[depth] as number)] as number
    return bytes[at] === 5 && bytes.toString('latin1', at + 1, at + 6) === 'cause'
  }

  #tooLarge() {
    const size = this.scan.end - this.scan.start
    const detail = `the JSON of ${size} bytes grows beyond ${jsonLimit(this.scan.budget, size)} bytes`
    return refuse(hessianErrors.ABOX_HESSIAN_TOO_LARGE, this.pos, `${detail} through shared references`)
  }

  #badKey(at: number, found: string) {
    const expected = 'expected a string, number, boolean, date or enum'
    return refuse(hessianErrors.ABOX_HESSIAN_KEY, at, `the key of a map is ${found}, ${expected}`)
  }
}
