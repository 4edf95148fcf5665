import { References } from './references.ts'
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
  #references: References | undefined

  /** See HessianBytes. */
  constructor(initialBytes = 512, maxBytes: number = Number.MAX_SAFE_INTEGER, before = 0) {
    super(initialBytes, maxBytes, before)
  }

  /** Begins a new stream at `pos`, in the same memory. */
  reset(pos = 0): void {
    this.pos = pos
    this.#slots = 0
    // Clearing an empty map takes as long as a full one.
    if (this.#types.size > 0) this.#types.clear()
    if (this.#classes.size > 0) this.#classes.clear()
    this.#classCount = 0
    this.#lastNames = undefined
    this.#references?.clear()
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
    this.#objectOf(number)
  }

  /** As `object`, with the class as it was defined before, in whatever stream. */
  defined({ className, names, bytes }: ClassDefinition): void {
    const number = this.#classNumber(className, names, bytes)
    this.#slots++
    this.#objectOf(number)
  }

  /**
   * Makes an object of another definition of its class out of one that was begun at `start` as one of `wrong` and whose
   * values, which neither are nor contain objects of a class, stand from `values` on.
   */
  redefine(start: number, values: number, wrong: ClassDefinition, right: ClassDefinition): void {
    if (this.bytes[start] === 0x43) this.#undefine(wrong.className)
    const end = this.pos
    this.#objectOf(this.#classNumber(right.className, right.names, right.bytes))
    const { bytes } = this
    const size = this.pos - end
    this.pos = start + size + end - values
    if (size === 1 && values - start === 1) {
      bytes[start] = bytes[end] as number
      return
    }
    const header = Buffer.from(bytes.subarray(end, end + size))
    bytes.copyWithin(start + size, values, end)
    bytes.set(header, start)
  }

  /**
   * For an object that other values may share: writes a reference and returns true when it has been seen before in
   * this stream. Otherwise remembers it under the number of the container that is begun next.
   * `serial` is the number that the value's class gives it.
   */
  refTo(value: object, serial: number): boolean {
    this.#references ??= new References()
    const number = this.#references.find(value, serial, this.#slots)
    if (number === -1) return false
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

  #objectOf(number: number): void {
    if (number <= 0x0f) this.byte(0x60 + number)
    else {
      this.byte(0x4f)
      this.int(number)
    }
  }

  #classNumber(className: string, names: readonly string[], definition?: Uint8Array): number {
    // Objects mostly come in rows of one class.
    if (names === this.#lastNames && className === this.#lastClass) return this.#lastNumber
    const number = this.#knownClass(className, names) ?? this.#define(className, names, definition)
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

  #define(className: string, names: readonly string[], definition?: Uint8Array): number {
    const number = this.#classCount++
    const known = this.#classes.get(className)
    if (known === undefined) this.#classes.set(className, [{ fields: names, number }])
    else {
      known.unshift({ fields: names, number })
      if (known.length > MAX_REMEMBERED) known.pop()
    }
    if (definition === undefined) this.definition(className, names)
    else this.encoded(definition)
    return number
  }

  /** Forgets the class that was defined last. */
  #undefine(className: string): void {
    this.#classes.get(className)?.shift()
    this.#classCount--
    this.#lastNames = undefined
  }
}

/** A class definition in the form of the wire, made once for many streams. */
export class ClassDefinition {
  readonly className: string
  readonly names: readonly string[]
  readonly bytes: Buffer

  /** `names` must stay as it is. */
  constructor(className: string, names: readonly string[]) {
    this.className = className
    this.names = names
    // No bare HessianBytes: as long as all objects with its methods are of one class, the engine makes them faster.
    const writer = new HessianWriter(64)
    writer.definition(className, names)
    this.bytes = Buffer.from(writer.take())
  }
}

function sameFields(known: readonly string[], names: readonly string[]): boolean {
  if (known === names) return true
  if (known.length !== names.length) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== names[i]) return false
  return true
}
