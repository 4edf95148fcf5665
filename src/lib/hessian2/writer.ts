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
  #lastClass = ''
  #lastNames: readonly string[] | undefined
  #lastNumber = 0
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
    this.#lastNames = undefined
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

  /** A whole list of doubles. */
  doubles(values: Float64Array, type?: string): void {
    this.listBegin(values.length, type)
    this.doubleItems(values, values.length)
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
   * Begins an object of class `className` with the fields `names`: as many values follow, in this order. The class is
   * defined first when it has not been yet with just these fields. `names` must stay as it is: objects that share it are
   * recognised by it.
   */
  object(className: string, names: readonly string[]): void {
    const number = this.#classNumber(className, names)
    this.#slots++
    if (number <= 0x0f) this.byte(0x60 + number)
    else {
      this.byte(0x4f)
      this.int(number)
    }
  }

  /**
   * Begins an object whose fields are not known yet: its values follow, which may not be or contain objects of a class
   * themselves. Returns what `objectClose` needs.
   */
  objectOpen(): number {
    this.#slots++
    this.byte(0x60)
    return this.pos - 1
  }

  /** Ends an object: `names` are the fields of the values since `objectOpen`. */
  objectClose(opened: number, className: string, names: readonly string[]): void {
    const end = this.pos
    const number = this.#classNumber(className, names)
    if (number > 0x0f) {
      this.byte(0x4f)
      this.int(number)
    } else this.byte(0x60 + number)
    const size = this.pos - end
    // Mostly the class is known and has a low number, and its one byte is what was left room for.
    if (size > 1) this.#moveBefore(opened, end, size)
    else {
      this.bytes[opened] = this.bytes[end] as number
      this.pos = end
    }
  }

  /** Moves the last `size` bytes to `opened`, in the place of the one byte there. */
  #moveBefore(opened: number, end: number, size: number): void {
    const { bytes } = this
    const header = Buffer.from(bytes.subarray(end, end + size))
    bytes.copyWithin(opened + size, opened + 1, end)
    bytes.set(header, opened)
    this.pos = end + size - 1
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

  #classNumber(className: string, names: readonly string[]): number {
    // Objects mostly come in rows of one class.
    if (names === this.#lastNames && className === this.#lastClass) return this.#lastNumber
    const number = this.#knownClass(className, names) ?? this.#define(className, names)
    this.#lastClass = className
    this.#lastNames = names
    this.#lastNumber = number
    return number
  }

  #knownClass(className: string, names: readonly string[]): number | undefined {
    const known = this.#classes.get(className)
    if (known !== undefined) for (const { fields, number } of known) if (sameFields(fields, names)) return number
    return undefined
  }

  #define(className: string, names: readonly string[]): number {
    const number = this.#classCount++
    const known = this.#classes.get(className)
    if (known === undefined) this.#classes.set(className, [{ fields: names, number }])
    else {
      known.unshift({ fields: names, number })
      if (known.length > MAX_REMEMBERED) known.pop()
    }
    this.byte(0x43)
    this.string(className)
    this.int(names.length)
    for (const name of names) this.string(name)
    return number
  }
}

function sameFields(known: readonly string[], names: readonly string[]): boolean {
  if (known === names) return true
  if (known.length !== names.length) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== names[i]) return false
  return true
}
