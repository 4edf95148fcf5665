/**
 * Typed JSON: Hessian values as text for people and tools. It loses nothing of a value and shortens nothing, and names
 * things as the wire does: enums, BigDecimal and the handles of java.time are the objects that they are there.
 *
 *   values  ::= [ value, … ]                          all values of one stream, which share their tables
 *   value   ::= {"t":"null"} | {"t":"boolean","v":true}
 *             | {"t":"int","v":3}                     32 bits: Java's int, short and byte
 *             | {"t":"long","v":"9007199254740993"}   64 bits, as text because JSON tools round such numbers
 *             | {"t":"double","v":"1.0","bits":"3ff0000000000000"}
 *             | {"t":"date","v":"1700000000123"}      ms since 1970 UTC, 64 bits
 *             | {"t":"string","v":"…"}                lone surrogates as \udXXX
 *             | {"t":"bytes","v":"00ff"}              hex
 *             | {"t":"list",type?,id,"v":[value, …]}
 *             | {"t":"map",type?,id,"v":[[value, value], …]}             key and value, in the order of the wire
 *             | {"t":"object","c":"com.x.Bean",id,"f":[["name",value], …]}   a name may occur twice
 *             | {"t":"ref","v":0}                     the list, map or object of that id, begun before this place
 *   type    ::= "c":"[double"                         as the wire says; absent when it says none
 *   id      ::= "id":0                                lists, maps and objects of the stream in the order in which they
 *                                                     begin: the number that the wire's own references use
 *
 * `v` of a double is the shortest decimal that reads back (`1.0`, `0.25`, `1e300`, `-0.0`, `NaN`, `Infinity`,
 * `-Infinity`); `bits` is the same as IEEE 754 in hex. When both are read, `bits` decide. All NaN are one: JavaScript does
 * not promise to keep the payload of a NaN, so it is always printed as 7ff8000000000000.
 *
 * Not in it, because no value has it: which of several forms of a number, date, string, list or type the wire used, how
 * long strings and bytes were cut into chunks, and where classes were defined. Written again, each gets the form that
 * this library gives it.
 */
import { AboxError } from '#core/errors'
import { JsonSink } from '#lib/json'
import type { HessianBudget } from './budget.ts'
import { hessianErrors } from './errors.ts'
import { typedBudget } from './typed-budget.ts'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, type HObject } from './values.ts'
import { hessianWriteErrors } from './write-errors.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const CLOSE_LIST = 0x5d
const CLOSE_OBJECT = 0x7d
const NAN_BITS = '7ff8000000000000'
const INT64 = 2n ** 63n

/**
 * Typed JSON of one value, or of all values of one stream as an array. ABOX_HESSIAN_TOO_DEEP beyond `budget.maxDepth`,
 * ABOX_HESSIAN_WRITE for values that have no Hessian form, ABOX_JSON_TOO_LARGE beyond `budget.maxJsonBytes`.
 */
export function printTyped(
  content: HessianValue | readonly HessianValue[],
  budget: HessianBudget = typedBudget
): string {
  const sink = new JsonSink(1024, budget.maxJsonBytes)
  const printer = new TypedPrinter(sink, budget.maxDepth)
  if (isList(content)) printer.values(content)
  else printer.value(content)
  return sink.take().toString('utf8')
}

const isList = (content: HessianValue | readonly HessianValue[]): content is readonly HessianValue[] =>
  Array.isArray(content)

/** Prints the values of one stream one after the other, with one numbering. Errors: see `printTyped`. */
export class TypedPrinter {
  readonly #sink: JsonSink
  readonly #maxDepth: number
  readonly #ids = new Map<HList | HDoubles | HMap | HObject, number>()
  readonly #scratch = new DataView(new ArrayBuffer(8))

  constructor(sink: JsonSink, maxDepth: number = typedBudget.maxDepth) {
    this.#sink = sink
    this.#maxDepth = maxDepth
  }

  /** An array of values. */
  values(values: readonly HessianValue[]): void {
    this.#sink.byte(0x5b)
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.#sink.byte(COMMA)
      this.#value(values[i] as HessianValue, 0)
    }
    this.#sink.byte(CLOSE_LIST)
  }

  value(value: HessianValue): void {
    this.#value(value, 0)
  }

  #value(value: HessianValue, depth: number): void {
    const sink = this.#sink
    if (value === null) sink.ascii('{"t":"null"}')
    else if (typeof value === 'boolean') sink.ascii(`{"t":"boolean","v":${value}}`)
    else if (typeof value === 'string') this.#text('{"t":"string","v":', value)
    else if (value instanceof HInt) sink.ascii(`{"t":"int","v":${int32(value.value)}}`)
    else if (value instanceof HLong) sink.ascii(`{"t":"long","v":"${int64('HLong', value.value)}"}`)
    else if (value instanceof HDouble) this.#double(value.value)
    else if (value instanceof HDate) sink.ascii(`{"t":"date","v":"${int64('HDate', value.ms)}"}`)
    else if (Buffer.isBuffer(value)) sink.ascii(`{"t":"bytes","v":"${value.toString('hex')}"}`)
    else this.#container(value, depth)
  }

  #text(head: string, text: string): void {
    this.#sink.ascii(head)
    this.#sink.string(text)
    this.#sink.byte(CLOSE_OBJECT)
  }

  #double(value: number): void {
    const sink = this.#sink
    sink.ascii('{"t":"double","v":"')
    sink.double(value)
    sink.ascii('","bits":"')
    sink.ascii(Number.isNaN(value) ? NAN_BITS : this.#bits(value))
    sink.byte(QUOTE)
    sink.byte(CLOSE_OBJECT)
  }

  #bits(value: number): string {
    const scratch = this.#scratch
    scratch.setFloat64(0, value)
    return hex32(scratch.getUint32(0)) + hex32(scratch.getUint32(4))
  }

  #container(value: HList | HDoubles | HMap | HObject, depth: number): void {
    const sink = this.#sink
    const known = this.#ids.get(value)
    if (known !== undefined) {
      sink.ascii(`{"t":"ref","v":${known}}`)
      return
    }
    if (depth >= this.#maxDepth) throw tooDeep(this.#maxDepth)
    const id = this.#ids.size
    this.#ids.set(value, id)
    if (value instanceof HList) this.#list(value, id, depth + 1)
    else if (value instanceof HDoubles) this.#doubles(value, id)
    else if (value instanceof HMap) this.#map(value, id, depth + 1)
    else this.#object(value, id, depth + 1)
    sink.byte(CLOSE_LIST)
    sink.byte(CLOSE_OBJECT)
  }

  /** Everything before the first item. */
  #head(kind: 'list' | 'map' | 'object', type: string | undefined, id: number, content: 'v' | 'f'): void {
    const sink = this.#sink
    sink.ascii(`{"t":"${kind}"`)
    if (type !== undefined) {
      sink.ascii(',"c":')
      sink.string(type)
    }
    sink.ascii(`,"id":${id},"${content}":[`)
  }

  #list({ items, type }: HList, id: number, depth: number): void {
    this.#head('list', type, id, 'v')
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#sink.byte(COMMA)
      this.#value(items[i] as HessianValue, depth)
    }
  }

  #doubles({ values, type }: HDoubles, id: number): void {
    this.#head('list', type, id, 'v')
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.#sink.byte(COMMA)
      this.#double(values[i] as number)
    }
  }

  #map({ keys, values, type }: HMap, id: number, depth: number): void {
    const sink = this.#sink
    if (keys.length !== values.length) throw unwritable(`an HMap has ${keys.length} keys and ${values.length} values`)
    this.#head('map', type, id, 'v')
    for (let i = 0; i < keys.length; i++) {
      sink.ascii(i > 0 ? ',[' : '[')
      this.#value(keys[i] as HessianValue, depth)
      sink.byte(COMMA)
      this.#value(values[i] as HessianValue, depth)
      sink.byte(CLOSE_LIST)
    }
  }

  #object({ className, names, values }: HObject, id: number, depth: number): void {
    const sink = this.#sink
    if (names.length !== values.length) {
      throw unwritable(`an HObject of ${className} has ${names.length} names and ${values.length} values`)
    }
    this.#head('object', className, id, 'f')
    for (let i = 0; i < names.length; i++) {
      sink.ascii(i > 0 ? ',[' : '[')
      sink.string(names[i] as string)
      sink.byte(COMMA)
      this.#value(values[i] as HessianValue, depth)
      sink.byte(CLOSE_LIST)
    }
  }
}

const hex32 = (bits: number): string => bits.toString(16).padStart(8, '0')

function int32(value: number): number {
  if ((value | 0) !== value) throw unwritable(`HInt ${value} is no whole number of 32 bits`)
  return value | 0
}

function int64(what: string, value: bigint): bigint {
  if (value < -INT64 || value >= INT64) throw unwritable(`${what} ${value} is no whole number of 64 bits`)
  return value
}

function unwritable(what: string): AboxError {
  return new AboxError(hessianWriteErrors.ABOX_HESSIAN_WRITE, what)
}

function tooDeep(limit: number): AboxError {
  const detail = `found a list, map or object inside ${limit} others, at most ${limit} levels are allowed`
  return new AboxError(hessianErrors.ABOX_HESSIAN_TOO_DEEP, detail)
}
