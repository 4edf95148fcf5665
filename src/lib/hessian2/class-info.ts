/** Where the names are read from: the scan that recorded the class. */
interface NameSource {
  stringAt(offset: number): string
}

/** A class as the stream defines it. Its names stay in the stream until someone needs them as strings. */
export class ClassInfo {
  readonly name: string
  /** Offset of the name, a string of the stream. */
  readonly nameOffset: number
  /** Offsets of the field names. A subclass may repeat a name of its superclass, which comes first. */
  readonly fieldOffsets: readonly number[]
  readonly #source: NameSource
  #fields: readonly string[] | undefined

  constructor(source: NameSource, name: string, nameOffset: number, fieldOffsets: readonly number[]) {
    this.name = name
    this.nameOffset = nameOffset
    this.fieldOffsets = fieldOffsets
    this.#source = source
    this.#fields = undefined
  }

  /** The field names, in the order of the wire. */
  get fields(): readonly string[] {
    this.#fields ??= this.fieldOffsets.map((at) => this.#source.stringAt(at))
    return this.#fields
  }
}
