import { defaultBudget, type HessianBudget } from './budget.ts'
import { hessianErrors } from './errors.ts'
import { refuse, tooDeep, unexpected } from './refuse.ts'
import { HessianRevisit } from './revisit.ts'
import { HessianScan, UNTIL_END } from './scan.ts'
import { HDouble, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'

/** Dates further from 1970 than this many ms are none in JavaScript. */
const LAST_DATE = 8_640_000_000_000_000n

/**
 * The scanned value at `offset`, with nothing lost (see values.ts). Binary data is a view of the scanned bytes.
 * Errors: ABOX_HESSIAN_DATE; ABOX_HESSIAN_TOO_DEEP when references lead deeper than the budget allows.
 */
export function decodeValue(scan: HessianScan, offset: number): HessianValue {
  return new Decoder(scan, offset).value(0)
}

/** All values of a whole stream, which share their references. For tools and tests. Any ABOX_HESSIAN_ error. */
export function decodeBytes(bytes: Buffer, budget: HessianBudget = defaultBudget): HessianValue[] {
  const scan = new HessianScan(bytes, 0, bytes.length, budget)
  while (scan.pos < scan.end) scan.skip()
  const decoder = new Decoder(scan, 0)
  const values: HessianValue[] = []
  while (decoder.pos < decoder.end) values.push(decoder.value(0))
  return values
}

class Decoder extends HessianRevisit {
  /** What has been begun, by offset, so that references find it. */
  readonly #known = new Map<number, HList | HMap | HObject>()

  value(depth: number): HessianValue {
    switch (this.peek()) {
      case 'null':
        this.pos++
        return null
      case 'boolean':
        return this.bytes[this.pos++] === 0x54
      case 'int':
        return new HInt(this.readInt())
      case 'long':
        return new HLong(this.readLong())
      case 'double':
        return new HDouble(this.readDouble())
      case 'date':
        return this.#date()
      case 'string':
        return this.readString()
      case 'binary':
        return this.readBinary()
      case 'list':
        return this.#list(this.#inside(depth))
      case 'map':
        return this.#map(this.#inside(depth))
      case 'object':
      case 'class':
        return this.#object(this.#inside(depth))
      case 'ref':
        return this.#ref(depth)
      case 'end':
      case 'invalid':
        throw unexpected(this.pos, this.tag('a value'), 'a value')
    }
  }

  #inside(depth: number): number {
    const { maxDepth } = this.scan.budget
    if (depth >= maxDepth) throw tooDeep(this.pos, maxDepth)
    return depth + 1
  }

  #date(): Date {
    const at = this.pos
    const ms = this.readDate()
    if (ms >= -LAST_DATE && ms <= LAST_DATE) return new Date(Number(ms))
    throw refuse(hessianErrors.ABOX_HESSIAN_DATE, at, `a date ${ms} ms from 1970, at most ${LAST_DATE} are possible`)
  }

  #list(depth: number): HList {
    const at = this.pos
    const tag = this.bytes[at] as number
    const typed = (tag & 0xf8) === 0x70 || tag === 0x55 || tag === 0x56
    const list = new HList([], typed ? this.#typeBehind(at) : undefined)
    this.#known.set(at, list)
    const count = this.listHead(tag)
    if (count === UNTIL_END) {
      while (this.bytes[this.pos] !== 0x5a) list.items.push(this.value(depth))
      this.pos++
    } else for (let i = 0; i < count; i++) list.items.push(this.value(depth))
    return list
  }

  #map(depth: number): HMap {
    const at = this.pos
    const typed = this.bytes[at] === 0x4d
    const map = new HMap([], typed ? this.#typeBehind(at) : undefined)
    this.#known.set(at, map)
    this.pos = at + 1
    if (typed) this.typeOffset()
    while (this.bytes[this.pos] !== 0x5a) map.entries.push([this.value(depth), this.value(depth)])
    this.pos++
    return map
  }

  #object(depth: number): HObject {
    const tag = this.passClasses()
    const at = this.pos
    const info = this.objectClass(tag)
    const object = new HObject(info.name)
    this.#known.set(at, object)
    for (const name of info.fields) object.fields.push([name, this.value(depth)])
    return object
  }

  #ref(depth: number): HessianValue {
    const target = this.refTarget()
    const known = this.#known.get(target)
    if (known !== undefined) return known
    const back = this.pos
    this.pos = target
    const value = this.value(depth)
    this.pos = back
    return value
  }

  /** The type string of the list or map at `at`; the cursor is left where it was. */
  #typeBehind(at: number): string {
    this.pos = at + 1
    this.pos = this.typeOffset()
    const type = this.readString()
    this.pos = at
    return type
  }
}
