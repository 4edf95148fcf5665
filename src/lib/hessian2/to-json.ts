/**
 * From Hessian to JSON text, from bytes to bytes:
 *
 *   int, long → digits (all of them)         double → shortest decimal, recognisable as one (1.0, 1e300, NaN)
 *   date → ms since 1970                     binary → Base64
 *   list → array                             map → object; keys that are scalars, enums or java.time by their text
 *   object of class C → {"class":"C", …}     as Java's own generic calls write it
 *   enum, BigDecimal, UUID, java.time, … →   their value (java-classes.ts)
 *   reference → what it refers to, again     Java's "no cause" (an exception that is its own cause) → null
 *
 * A field name that a subclass repeats occurs twice, the last one counts, as for any reader of JSON.
 */
import type { JsonSink } from '#lib/json'
import { jsonLimit } from './budget.ts'
import type { ClassInfo } from './class-info.ts'
import { hessianErrors } from './errors.ts'
import { type JavaClass, layoutOf } from './java-classes.ts'
import { JavaText } from './java-text.ts'
import { JsonScalars } from './json-scalars.ts'
import { kindOf, refuse, tooDeep } from './refuse.ts'
import { type HessianScan, UNTIL_END } from './scan.ts'

const QUOTE = 0x22
const COLON = 0x3a
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

interface JsonOptions {
  /** Whether the service declares a class as an enum. Objects whose only field is `name` are enums in any case. */
  readonly isEnum?: (className: string) => boolean
}

/**
 * Appends the scanned value at `offset` to the sink, as described at the head of this file.
 * Errors: ABOX_HESSIAN_CYCLE, ABOX_HESSIAN_KEY; ABOX_HESSIAN_TOO_LARGE and _TOO_DEEP when references expand beyond the
 * budget; ABOX_JSON_TOO_LARGE of the sink. What was appended before an error is left in the sink.
 */
export function writeJson(scan: HessianScan, offset: number, sink: JsonSink, options: JsonOptions = {}): void {
  new JsonWriter(scan, offset, sink, options.isEnum).value(0)
}

class JsonWriter extends JsonScalars {
  readonly #isEnum: ((className: string) => boolean) | undefined
  readonly #maxDepth: number
  /**
   * Length of the sink beyond which we refuse. Bytes that are read without being written lower it: otherwise a few
   * references to something that is long to read and short to write would keep us busy.
   */
  #limit: number
  /** Offsets of the lists, maps and objects we are inside of, by depth. */
  readonly #open: number[] = []
  /** Offset of the name of the field whose value is written; 0 when the innermost is no object. */
  #field = 0
  #javaText: JavaText | undefined = undefined

  constructor(scan: HessianScan, offset: number, sink: JsonSink, isEnum: ((className: string) => boolean) | undefined) {
    super(scan, offset, sink)
    this.#isEnum = isEnum
    this.#maxDepth = scan.budget.maxDepth
    this.#limit = sink.length + jsonLimit(scan.budget, scan.end - scan.start)
  }

  value(depth: number): void {
    if (this.sink.length > this.#limit) throw this.#tooLarge()
    const tag = this.tag('a value')
    if (tag < 0x48 || tag >= 0x80) {
      if (tag === 0x43) this.#object(depth)
      else this.scalar(tag)
    } else if (tag >= 0x70) this.#list(depth, tag)
    else if (tag >= 0x60) this.#object(depth)
    else this.#letter(depth, tag)
  }

  #letter(depth: number, tag: number): void {
    switch (tag) {
      case 0x48:
      case 0x4d:
        this.#map(depth, tag)
        break
      case 0x4f:
        this.#object(depth)
        break
      case 0x51:
        this.#ref(depth)
        break
      case 0x55:
      case 0x56:
      case 0x57:
      case 0x58:
        this.#list(depth, tag)
        break
      default:
        this.scalar(tag)
        break
    }
  }

  /** Remembers that the value at `at` is being written. */
  #enter(depth: number, at: number): number {
    if (depth >= this.#maxDepth) throw tooDeep(at, this.#maxDepth)
    this.#open[depth] = at
    return depth + 1
  }

  #list(depth: number, tag: number): void {
    const { sink, bytes } = this
    const at = this.pos
    const inside = this.#enter(depth, at)
    const count = this.listHead(tag)
    this.#limit -= this.pos - at
    this.#field = 0
    sink.byte(0x5b)
    if (count !== UNTIL_END) this.#items(inside, count)
    else {
      for (let first = true; bytes[this.pos] !== 0x5a; first = false) {
        this.comma(first)
        this.value(inside)
      }
      this.pos++
    }
    sink.byte(0x5d)
  }

  #items(inside: number, count: number): void {
    const { bytes } = this
    let left = count
    while (left > 0) {
      this.comma(left === count)
      if (bytes[this.pos] === 0x44) left -= this.doubles(left)
      else {
        this.value(inside)
        left--
      }
    }
  }

  #map(depth: number, tag: number): void {
    const { sink, bytes } = this
    const at = this.pos++
    const inside = this.#enter(depth, at)
    if (tag === 0x4d) this.typeOffset()
    this.#limit -= this.pos - at
    sink.byte(0x7b)
    for (let first = true; bytes[this.pos] !== 0x5a; first = false) {
      this.comma(first)
      this.#key()
      sink.byte(COLON)
      this.#field = 0
      this.value(inside)
    }
    this.pos++
    sink.byte(0x7d)
  }

  #key(): void {
    const tag = this.bytes[this.pos] as number
    if (tag < 0x20) {
      this.scalar(tag)
      return
    }
    const kind = kindOf(tag)
    if (kind === 'string') this.scalar(tag)
    else if (kind === 'object' || kind === 'class' || kind === 'ref') this.#objectKey(kind === 'ref')
    else if (kind === 'binary' || kind === 'list' || kind === 'map') throw this.#badKey(this.pos, `a ${kind}`)
    else {
      this.sink.byte(QUOTE)
      this.scalar(tag)
      this.sink.byte(QUOTE)
    }
  }

  #objectKey(referred: boolean): void {
    const start = this.pos
    const target = referred ? this.refTarget() : start
    const back = this.pos
    this.pos = target
    const tag = this.passClasses()
    if (tag !== 0x4f && (tag & 0xf0) !== 0x60) throw this.#badKey(start, `a ${kindOf(tag)}`)
    const info = this.objectClass(tag)
    this.#limit -= this.pos - target
    const layout = layoutOf(info, this.#isEnum)
    const text = layout && this.#textOf(info, layout)
    if (text === undefined) throw this.#badKey(start, `an object of ${info.name}`)
    this.sink.string(text)
    if (referred) this.pos = back
  }

  #object(depth: number): void {
    const start = this.pos
    const tag = this.passClasses()
    const at = this.pos
    const info = this.objectClass(tag)
    this.#limit -= this.pos - start
    const layout = layoutOf(info, this.#isEnum)
    if (layout?.oneString === true && info.fieldOffsets.length === 1 && this.peek() === 'string') {
      this.scalar(this.bytes[this.pos] as number)
      return
    }
    const text = layout && this.#textOf(info, layout)
    if (text === undefined) this.#fields(this.#enter(depth, at), info)
    else if (layout?.as === 'json' || (layout?.as === 'number' && JSON_NUMBER.test(text))) this.sink.ascii(text)
    else this.sink.string(text)
  }

  #fields(inside: number, info: ClassInfo): void {
    const { sink } = this
    sink.ascii('{"class":')
    this.stringFrom(info.nameOffset)
    for (const field of info.fieldOffsets) {
      sink.byte(0x2c)
      this.stringFrom(field)
      sink.byte(COLON)
      this.#field = field
      this.value(inside)
    }
    sink.byte(0x7d)
  }

  /** Text of the object whose fields begin here, which are then consumed; nothing is when it has none. */
  #textOf(info: ClassInfo, layout: JavaClass): string | undefined {
    this.#javaText ??= new JavaText(this.scan, this.#isEnum)
    const reader = this.#javaText
    const before = reader.spent
    const text = reader.read(this.pos, info.fieldOffsets.length, info.fields, layout)
    this.#limit -= reader.spent - before
    if (text !== undefined) this.pos = reader.pos
    return text
  }

  #ref(depth: number): void {
    const at = this.pos
    const target = this.refTarget()
    if (this.#open.lastIndexOf(target, depth - 1) >= 0 && depth > 0) {
      if (target === this.#open[depth - 1] && this.#isCause()) {
        this.sink.ascii('null')
        return
      }
      const detail = `a reference to byte ${target}, inside the very value that begins there`
      throw refuse(hessianErrors.ABOX_HESSIAN_CYCLE, at, detail)
    }
    const back = this.pos
    this.pos = target
    this.value(depth)
    this.pos = back
  }

  #isCause(): boolean {
    const { bytes } = this
    const at = this.#field
    return at !== 0 && bytes[at] === 5 && bytes.toString('latin1', at + 1, at + 6) === 'cause'
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
