/**
 * With `compactMode`, hessian-lite 4.0.4 writes an object of these classes with no field and then one value, a long, that no
 * name announces, and reads it so whatever fields the class has.
 */
const UNNAMED: readonly string[] = ['java.time.LocalDate', 'java.time.LocalTime']
const UNNAMED_BYTES = UNNAMED.map((name) => Buffer.from(name))
/** What we call that value. */
export const UNNAMED_FIELDS: readonly string[] = ['value']

/** Whether objects of this class have a value although it has no field. */
export function hasUnnamed(name: string): boolean {
  return UNNAMED.includes(name)
}

/** The same for the name, a string of the stream, that begins at `offset`. */
export function hasUnnamedAt(bytes: Buffer, offset: number): boolean {
  return UNNAMED_BYTES.some(
    (name) => bytes[offset] === name.length && name.equals(bytes.subarray(offset + 1, offset + 1 + name.length))
  )
}

/** Where the names are read from: the scan that recorded the class. */
interface NameSource {
  stringAt(offset: number): string
}

/** A class as the stream defines it. Its names stay in the stream until someone needs them as strings. */
export class ClassInfo {
  readonly name: string
  /** Offset of the name, a string of the stream. */
  readonly nameOffset: number
  /** Bytes of the whole definition, from its name on. */
  readonly size: number
  /**
   * Offsets of the field names. A subclass may repeat a name of its superclass, which comes first. A value without a name
   * goes by that of the class.
   */
  readonly fieldOffsets: Int32Array
  readonly #source: NameSource
  /** Known from the start where there is no name to be read. */
  #fields: readonly string[] | undefined

  constructor(
    source: NameSource,
    name: string,
    nameOffset: number,
    size: number,
    fieldOffsets: Int32Array,
    fields?: readonly string[]
  ) {
    this.name = name
    this.nameOffset = nameOffset
    this.size = size
    this.fieldOffsets = fieldOffsets
    this.#source = source
    this.#fields = fields
  }

  /** The field names, in the order of the wire. */
  get fields(): readonly string[] {
    this.#fields ??= Array.from(this.fieldOffsets, (at) => this.#source.stringAt(at))
    return this.#fields
  }
}
