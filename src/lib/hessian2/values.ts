/**
 * Values as the wire names them. JavaScript's own types stand for what they hold without loss (null, boolean, string,
 * `Buffer`); everything else is wrapped, because a JavaScript number forgets whether it was an int, a long or a double
 * and Java does not convert the elements of a generic container.
 *
 * Shared and cyclic references of the wire are shared JavaScript references of `HList`, `HDoubles`, `HMap` and `HObject`.
 */
export type HessianValue =
  | null
  | boolean
  | string
  | HInt
  | HLong
  | HDouble
  | HDate
  | Buffer
  | HList
  | HDoubles
  | HMap
  | HObject

/** A 32-bit integer: Java's int, short and byte, which the wire does not tell apart. */
export class HInt {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A 64-bit integer. */
export class HLong {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** A double; a Java float arrives as one, widened. NaN, the infinities and −0 are values like any other. */
export class HDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A date in ms since 1970 UTC. Java's dates reach further than JavaScript's. */
export class HDate {
  readonly ms: bigint

  constructor(ms: bigint) {
    this.ms = ms
  }
}

let serials = 0

/**
 * A number for a value that others may share, by which a writer finds again what it has written; it only repeats after 2^32 of
 * them. Values get theirs when they are first written, because most are only read.
 */
function nextSerial(): number {
  serials = (serials + 1) | 0
  return serials
}

/** A list, set or array. `type` is what the wire says (`[double`, `java.util.LinkedList`), absent when untyped. */
export class HList {
  readonly type: string | undefined
  readonly items: HessianValue[]
  #serial = 0

  constructor(items: HessianValue[] = [], type?: string) {
    this.type = type
    this.items = items
  }

  /** See `nextSerial`. */
  static serialOf(value: HList): number {
    if (value.#serial === 0) value.#serial = nextSerial()
    return value.#serial
  }
}

/** A list whose items are doubles, all of them, and at least one: what models are fed with, without an object for each. */
export class HDoubles {
  readonly type: string | undefined
  readonly values: Float64Array
  #serial = 0

  constructor(values: Float64Array, type?: string) {
    this.type = type
    this.values = values
  }

  /** See `nextSerial`. */
  static serialOf(value: HDoubles): number {
    if (value.#serial === 0) value.#serial = nextSerial()
    return value.#serial
  }
}

/** A map in the order of the wire. Keys may be any value, so these are two lists of one length and not a `Map`. */
export class HMap {
  readonly type: string | undefined
  readonly keys: HessianValue[]
  readonly values: HessianValue[]
  #serial = 0

  constructor(keys: HessianValue[] = [], values: HessianValue[] = [], type?: string) {
    this.type = type
    this.keys = keys
    this.values = values
  }

  /** See `nextSerial`. */
  static serialOf(value: HMap): number {
    if (value.#serial === 0) value.#serial = nextSerial()
    return value.#serial
  }
}

/**
 * An object of a Java class: `values[i]` is the value of the field `names[i]`. A subclass may repeat a field name of its
 * superclass; the superclass comes first, so the last of a name is the one that counts. Objects of one class share `names`.
 */
export class HObject {
  readonly className: string
  readonly names: readonly string[]
  readonly values: HessianValue[]
  #serial = 0

  constructor(className: string, names: readonly string[] = [], values: HessianValue[] = []) {
    this.className = className
    this.names = names
    this.values = values
  }

  /** See `nextSerial`. */
  static serialOf(value: HObject): number {
    if (value.#serial === 0) value.#serial = nextSerial()
    return value.#serial
  }
}
