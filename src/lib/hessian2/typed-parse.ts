import { AboxError } from '#core/errors'
import { formatPath, type JsonPath } from '#lib/json'
import type { HessianBudget } from './budget.ts'
import { hessianErrors } from './errors.ts'
import { typedBudget } from './typed-budget.ts'
import { hessianTypedErrors } from './typed-errors.ts'
import { parseBits, parseBytes, parseDouble, parseInt32, parseInt64 } from './typed-scalars.ts'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'

type Json = Readonly<Record<string, unknown>>
type Step = string | number

/** The members that each kind may have; see the grammar in typed-print.ts. */
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['null', ['t']],
  ['boolean', ['t', 'v']],
  ['int', ['t', 'v']],
  ['long', ['t', 'v']],
  ['double', ['t', 'v', 'bits']],
  ['date', ['t', 'v']],
  ['string', ['t', 'v']],
  ['bytes', ['t', 'v']],
  ['list', ['t', 'c', 'id', 'v']],
  ['map', ['t', 'c', 'id', 'v']],
  ['object', ['t', 'c', 'id', 'f']],
  ['ref', ['t', 'v']]
])
const KINDS = [...MEMBERS.keys()].join(', ')
/** So many definitions of one class are kept apart; more only cost memory. */
const MAX_LAYOUTS = 16

/**
 * The values of a typed JSON text (typed-print.ts has the grammar): an array of them, or one alone. `id` may be left
 * out; where it stands it must be the number that the place has. Of equal keys of one JSON object the last counts.
 * ABOX_TYPED_JSON with path, what was found and what was expected; ABOX_HESSIAN_TOO_DEEP beyond `budget.maxDepth`.
 */
export function parseTyped(text: string, budget: HessianBudget = typedBudget): HessianValue[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new AboxError(hessianTypedErrors.ABOX_TYPED_JSON, `found no JSON text: ${(error as Error).message}`)
  }
  return readTyped(json, budget)
}

/** As `parseTyped`, of what `JSON.parse` made. `at` is where that stands in something larger, for messages. */
export function readTyped(json: unknown, budget: HessianBudget = typedBudget, at: JsonPath = []): HessianValue[] {
  const parser = new TypedParser(budget.maxDepth, at)
  return Array.isArray(json) ? parser.values(json as unknown[], 0) : [parser.value(json, 0)]
}

class TypedParser {
  readonly #maxDepth: number
  /** Where the parser is; after an error, where that was found. */
  readonly #path: Step[]
  /** Lists, maps and objects by their number. */
  readonly #known: (HList | HDoubles | HMap | HObject)[] = []
  /** Lists of field names by class, so that its objects share them. */
  readonly #layouts = new Map<string, string[][]>()
  readonly #scratch = new DataView(new ArrayBuffer(8))

  constructor(maxDepth: number, at: JsonPath) {
    this.#maxDepth = maxDepth
    this.#path = [...at]
  }

  values(items: readonly unknown[], depth: number, into: HessianValue[] = []): HessianValue[] {
    const path = this.#path
    const level = path.push(0) - 1
    for (let i = 0; i < items.length; i++) {
      path[level] = i
      into.push(this.value(items[i], depth))
    }
    path.pop()
    return into
  }

  value(json: unknown, depth: number): HessianValue {
    if (!isObject(json)) throw this.#refuse(json, 'a typed value such as {"t":"int","v":3}')
    this.#checkMembers(json)
    switch (json['t']) {
      case 'null':
        return null
      case 'boolean':
        if (typeof json['v'] !== 'boolean') throw this.#refuseAt('v', json['v'], 'true or false')
        return json['v']
      case 'string':
        return this.#text(json, 'v')
      case 'list':
        return this.#list(json, this.#inside(depth))
      case 'map':
        return this.#map(json, this.#inside(depth))
      case 'object':
        return this.#object(json, this.#inside(depth))
      case 'ref':
        return this.#ref(json)
      default:
        return this.#scalar(json)
    }
  }

  #checkMembers(json: Json): void {
    const kind = json['t']
    const members = MEMBERS.get(kind)
    if (members === undefined) throw this.#refuseAt('t', kind, `one of ${KINDS}`)
    for (const key of Object.keys(json)) {
      if (!members.includes(key)) throw this.#refuse(`the member ${shown(key)}`, `only ${members.join(', ')}`, true)
    }
  }

  #scalar(json: Json): HessianValue {
    const { v } = json
    switch (json['t']) {
      case 'int':
        return new HInt(this.#valid(parseInt32(v), v, 'a whole number of 32 bits'))
      case 'long':
        return new HLong(this.#valid(parseInt64(v), v, 'the digits of a whole number of 64 bits, as text'))
      case 'date':
        return new HDate(this.#valid(parseInt64(v), v, 'the digits of ms since 1970, as text'))
      case 'bytes':
        return this.#valid(parseBytes(v), v, 'pairs of hex digits, as text')
      default:
        return new HDouble(this.#double(json))
    }
  }

  #double(json: Json): number {
    if (Object.hasOwn(json, 'bits')) {
      const value = parseBits(json['bits'], this.#scratch)
      if (value === undefined) throw this.#refuseAt('bits', json['bits'], '16 hex digits')
      if (Object.hasOwn(json, 'v')) this.#text(json, 'v')
      return value
    }
    const { v } = json
    return this.#valid(parseDouble(v), v, 'a decimal number as text, NaN, Infinity or -Infinity')
  }

  #list(json: Json, depth: number): HList | HDoubles {
    const type = this.#type(json)
    this.#checkId(json)
    const items = this.#array(json, 'v')
    if (items.length > 0 && items.every(isDouble)) return this.#doubles(items as Json[], type)
    const list = new HList([], type)
    this.#known.push(list)
    this.#path.push('v')
    this.values(items, depth, list.items)
    this.#path.pop()
    return list
  }

  #doubles(items: readonly Json[], type: string | undefined): HDoubles {
    const values = new Float64Array(items.length)
    const path = this.#path
    const level = path.push('v', 0) - 1
    for (let i = 0; i < items.length; i++) {
      path[level] = i
      this.#checkMembers(items[i] as Json)
      values[i] = this.#double(items[i] as Json)
    }
    path.length = level - 1
    const list = new HDoubles(values, type)
    this.#known.push(list)
    return list
  }

  #map(json: Json, depth: number): HMap {
    const map = new HMap([], [], this.#type(json))
    this.#checkId(json)
    const entries = this.#array(json, 'v')
    this.#known.push(map)
    const path = this.#path
    const level = path.push('v', 0, 0) - 1
    for (let i = 0; i < entries.length; i++) {
      path[level - 1] = i
      const [key, value] = this.#pair(entries[i], level, 'a key and its value')
      path[level] = 0
      map.keys.push(this.value(key, depth))
      path[level] = 1
      map.values.push(this.value(value, depth))
    }
    path.length = level - 2
    return map
  }

  #object(json: Json, depth: number): HObject {
    const className = this.#text(json, 'c')
    this.#checkId(json)
    const fields = this.#array(json, 'f')
    const path = this.#path
    const level = path.push('f', 0, 0) - 1
    const names: string[] = []
    for (let i = 0; i < fields.length; i++) {
      path[level - 1] = i
      const [name] = this.#pair(fields[i], level, 'the name of a field and its value')
      path[level] = 0
      if (typeof name !== 'string') throw this.#refuse(name, 'the name of a field')
      names.push(name)
    }
    const object = new HObject(className, this.#layout(className, names))
    this.#known.push(object)
    path[level] = 1
    for (let i = 0; i < fields.length; i++) {
      path[level - 1] = i
      object.values.push(this.value((fields[i] as unknown[])[1], depth))
    }
    path.length = level - 2
    return object
  }

  #ref(json: Json): HessianValue {
    const { v } = json
    const known = typeof v === 'number' ? this.#known[v] : undefined
    if (known !== undefined) return known
    const count = this.#known.length
    throw this.#refuseAt('v', v, `the number of one of the ${count} lists, maps and objects begun before, from 0`)
  }

  #layout(className: string, names: string[]): readonly string[] {
    const layouts = this.#layouts.get(className)
    if (layouts === undefined) {
      this.#layouts.set(className, [names])
      return names
    }
    for (const known of layouts) if (sameTexts(known, names)) return known
    if (layouts.length < MAX_LAYOUTS) layouts.push(names)
    return names
  }

  #type(json: Json): string | undefined {
    return Object.hasOwn(json, 'c') ? this.#text(json, 'c') : undefined
  }

  #checkId(json: Json): void {
    if (!Object.hasOwn(json, 'id') || json['id'] === this.#known.length) return
    throw this.#refuseAt('id', json['id'], `${this.#known.length}, as so many lists, maps and objects begin before`)
  }

  #inside(depth: number): number {
    if (depth < this.#maxDepth) return depth + 1
    const detail = `${this.#where()}: found a list, map or object inside ${depth} others, expected at most ${depth} levels`
    throw new AboxError(hessianErrors.ABOX_HESSIAN_TOO_DEEP, detail, { path: this.#where() })
  }

  #text(json: Json, member: string): string {
    const value = json[member]
    if (typeof value !== 'string') throw this.#refuseAt(member, value, 'text')
    return value
  }

  #array(json: Json, member: string): readonly unknown[] {
    const value = json[member]
    if (!Array.isArray(value)) throw this.#refuseAt(member, value, 'an array')
    return value as unknown[]
  }

  /** A two-element array; `level` is where the index inside it stands in the path, which is cut off for the message. */
  #pair(json: unknown, level: number, expected: string): readonly unknown[] {
    if (Array.isArray(json) && json.length === 2) return json as unknown[]
    this.#path.length = level
    throw this.#refuse(json, `an array of two: ${expected}`)
  }

  #valid<T>(value: T | undefined, found: unknown, expected: string): T {
    if (value === undefined) throw this.#refuseAt('v', found, expected)
    return value
  }

  #refuseAt(member: string, found: unknown, expected: string): AboxError {
    this.#path.push(member)
    return this.#refuse(found, expected)
  }

  #refuse(found: unknown, expected: string, asIs = false): AboxError {
    const path = this.#where()
    const what = asIs ? String(found) : shown(found)
    return new AboxError(hessianTypedErrors.ABOX_TYPED_JSON, `${path}: found ${what}, expected ${expected}`, { path })
  }

  #where(): string {
    return formatPath(this.#path) || 'the value'
  }
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isDouble(json: unknown): boolean {
  return isObject(json) && json['t'] === 'double'
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}

/** What was found, short enough for a message. */
function shown(json: unknown): string {
  if (json === undefined) return 'nothing'
  if (Array.isArray(json)) return `an array of ${json.length}`
  if (typeof json === 'object' && json !== null) return 'an object'
  const text = JSON.stringify(json)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
