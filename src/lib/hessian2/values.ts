/**
 * Values as the wire names them. JavaScript's own types stand for what they hold without loss (null, boolean, string,
 * `Date`, `Buffer`); int, long and double are wrapped, because a JavaScript number forgets which of them it was and
 * Java does not convert the elements of a generic container.
 *
 * Shared and cyclic references of the wire are shared JavaScript references of `HList`, `HMap` and `HObject`.
 */
export type HessianValue = null | boolean | string | HInt | HLong | HDouble | Date | Buffer | HList | HMap | HObject

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

/** A list, set or array. `type` is what the wire says (`[double`, `java.util.LinkedList`), absent when untyped. */
export class HList {
  readonly type: string | undefined
  readonly items: HessianValue[]

  constructor(items: HessianValue[] = [], type?: string) {
    this.type = type
    this.items = items
  }
}

/** A map in the order of the wire. Keys may be any value, so it is a list of pairs and not a `Map`. */
export class HMap {
  readonly type: string | undefined
  readonly entries: [HessianValue, HessianValue][]

  constructor(entries: [HessianValue, HessianValue][] = [], type?: string) {
    this.type = type
    this.entries = entries
  }
}

/**
 * An object of a Java class. `fields` is a list because a subclass may repeat a field name of its superclass; the
 * superclass comes first, so the last of a name is the one that counts.
 */
export class HObject {
  readonly className: string
  readonly fields: [string, HessianValue][]

  constructor(className: string, fields: [string, HessianValue][] = []) {
    this.className = className
    this.fields = fields
  }
}
