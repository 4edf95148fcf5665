import type { HessianScan } from './scan.ts'

/** A class as the stream defines it. Its names stay in the stream until someone needs them as strings. */
export class ClassInfo {
  readonly name: string
  /** Offset of the name, a string of the stream. */
  readonly nameOffset: number
  /** Offsets of the field names. A subclass may repeat a name of its superclass, which comes first. */
  readonly fieldOffsets: readonly number[]
  readonly #scan: HessianScan
  #fields: readonly string[] | undefined

  constructor(scan: HessianScan, name: string, nameOffset: number, fieldOffsets: readonly number[]) {
    this.name = name
    this.nameOffset = nameOffset
    this.fieldOffsets = fieldOffsets
    this.#scan = scan
    this.#fields = undefined
  }

  /** The field names, in the order of the wire. */
  get fields(): readonly string[] {
    this.#fields ??= this.fieldOffsets.map((at) => this.#scan.stringAt(at))
    return this.#fields
  }
}
