import { HessianBytes } from './writer-bytes.ts'

/**
 * Objects of one class may come with ever other fields. Only so many definitions of it are compared; a class that was
 * forgotten is defined again, which Hessian allows.
 */
const MAX_REMEMBERED = 16

interface KnownClass {
  readonly fields: readonly string[]
  readonly number: number
}

/**
 * Growable Hessian2 writer for one stream: type names, classes and references are numbered over all values written
 * since the last `reset`. Containers are closed by whoever opened them; nothing is checked here.
 *
 * The containers of Hessian2 as hessian-lite reads them; single values are in writer-bytes.ts:
 *
 * ```
 * list   = 78-7f item* | 58 int item* | 70-77 type item* | 56 type int item*
 * map    = ( 48 | 4d type ) ( key value )* 5a
 * type   = string, or int: the number of a type sent before
 * class  = 43 name int field*                                         before the first object of it
 * object = 60-6f value* | 4f int value*                               the number of the class
 * ref    = 51 int                                                     a list, map or object, numbered by their starts
 * ```
 * Lists of unknown length (55, 57) are never written: old readers lack them.
 */
export class HessianWriter extends HessianBytes {
  /** How many lists, maps and objects have been begun: the number of the next one for `ref`. */
  #slots = 0
  readonly #types = new Map<string, number>()
  /** The definitions of each class, newest first. */
  readonly #classes = new Map<string, KnownClass[]>()
  #classCount = 0
  #shared: Map<object, number> | undefined

  constructor(initialBytes = 512) {
    super(initialBytes)
  }

  /** Begins a new stream at `pos`, in the same memory. */
  reset(pos = 0): void {
    this.pos = pos
    this.#slots = 0
    this.#types.clear()
    this.#classes.clear()
    this.#classCount = 0
    this.#shared = undefined
    this.reserve(0)
  }

  /** Begins a list of `length` items, which follow; it needs no end. */
  listBegin(length: number, type?: string): void {
    this.#slots++
    if (type === undefined) this.byte(length <= 7 ? 0x78 + length : 0x58)
    else {
      this.byte(length <= 7 ? 0x70 + length : 0x56)
      this.#type(type)
    }
    if (length > 7) this.int(length)
  }

  /** Begins a list whose length is not known yet; returns what `listClose` needs. */
  listOpen(type?: string): number {
    this.#slots++
    this.byte(type === undefined ? 0x58 : 0x56)
    if (type !== undefined) this.#type(type)
    this.reserve(5)
    this.bytes[this.pos] = 0x49
    this.pos += 5
    return this.pos - 4
  }

  /** Says how many items were written since `listOpen`. */
  listClose(opened: number, length: number): void {
    this.patchInt32(opened, length)
  }

  /** Begins a map: keys and values follow in turn, then `mapEnd`. */
  mapBegin(type?: string): void {
    this.#slots++
    this.byte(type === undefined ? 0x48 : 0x4d)
    if (type !== undefined) this.#type(type)
  }

  mapEnd(): void {
    this.byte(0x5a)
  }

  /**
   * Begins an object of class `className`, whose fields are `fields[from … to)`: as many values follow, in this order. The
   * class is defined first when it has not been yet with just these fields.
   */
  object(className: string, fields: readonly string[], from = 0, to: number = fields.length): void {
    const number = this.#classNumber(className, fields, from, to)
    this.#slots++
    if (number <= 0x0f) this.byte(0x60 + number)
    else {
      this.byte(0x4f)
      this.int(number)
    }
  }

  /**
   * For an object that other values may share: writes a reference and returns true when it has been seen before in
   * this stream. Otherwise remembers it under the number of the container that is begun next.
   */
  refTo(value: object): boolean {
    this.#shared ??= new Map()
    const number = this.#shared.get(value)
    if (number === undefined) {
      this.#shared.set(value, this.#slots)
      return false
    }
    this.byte(0x51)
    this.int(number)
    return true
  }

  #type(type: string): void {
    const number = this.#types.get(type)
    if (number !== undefined) {
      this.int(number)
      return
    }
    this.#types.set(type, this.#types.size)
    this.string(type)
  }

  #classNumber(className: string, fields: readonly string[], from: number, to: number): number {
    let known = this.#classes.get(className)
    if (known === undefined) {
      known = []
      this.#classes.set(className, known)
    }
    for (const candidate of known) if (sameFields(candidate.fields, fields, from, to)) return candidate.number
    const number = this.#classCount++
    const own = fields.slice(from, to)
    known.unshift({ fields: own, number })
    if (known.length > MAX_REMEMBERED) known.pop()
    this.byte(0x43)
    this.string(className)
    this.int(own.length)
    for (const field of own) this.string(field)
    return number
  }
}

function sameFields(known: readonly string[], fields: readonly string[], from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== fields[from + i]) return false
  return true
}
