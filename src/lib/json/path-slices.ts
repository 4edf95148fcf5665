import type { JsonPath } from './path.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * The bytes of the value at `path` in JSON that `JsonSink` wrote (sound, without white space), found in slices of about
 * `sliceBytes`; undefined when it is not there. As for `seek`, the first of equal keys counts.
 */
export function* seekSlices(
  bytes: Buffer,
  path: JsonPath,
  sliceBytes: number
): Generator<undefined, Buffer | undefined> {
  const walk = new Walk(bytes, sliceBytes)
  for (const step of path) {
    const found = yield* typeof step === 'number' ? toItem(walk, step) : toMember(walk, [keyBytes(step)])
    if (!found) return undefined
  }
  const start = walk.at
  while (!walk.pass()) yield walk.rest()
  return bytes.subarray(start, walk.at)
}

/** Whether such JSON is an object with one of these keys, found out in the same way. */
export function* hasKeySlices(
  bytes: Buffer,
  names: readonly string[],
  sliceBytes: number
): Generator<undefined, boolean> {
  return yield* toMember(new Walk(bytes, sliceBytes), names.map(keyBytes))
}

/** A key as `JsonSink` writes it. */
const keyBytes = (name: string): Buffer => Buffer.from(JSON.stringify(name))

/** Moves from the beginning of a list to one of its items; false when there is none. */
function* toItem(walk: Walk, index: number): Generator<undefined, boolean> {
  if (!walk.enter(OPEN_LIST, CLOSE_LIST)) return false
  for (let left = index; left > 0; left--) {
    while (!walk.pass()) yield walk.rest()
    if (!walk.comma()) return false
  }
  return true
}

/** Moves from the beginning of an object to the value of the first member that has one of these keys; false when none has. */
function* toMember(walk: Walk, keys: readonly Buffer[]): Generator<undefined, boolean> {
  if (!walk.enter(OPEN_OBJECT, CLOSE_OBJECT)) return false
  do {
    const start = walk.at
    while (!walk.pass()) yield walk.rest()
    const end = walk.at++
    if (keys.some((key) => key.length === end - start && key.compare(walk.bytes, start, end) === 0)) return true
    while (!walk.pass()) yield walk.rest()
  } while (walk.comma())
  return false
}

/** A cursor that passes values a slice at a time. */
class Walk {
  readonly bytes: Buffer
  at = 0
  readonly #sliceBytes: number
  #stop: number
  /** Where we are inside the value that is being passed. */
  #depth = 0
  #string = false

  constructor(bytes: Buffer, sliceBytes: number) {
    this.bytes = bytes
    this.#sliceBytes = sliceBytes
    this.#stop = sliceBytes
  }

  /** Enters a list or an object; false when another value is there, or an empty one. */
  enter(open: number, close: number): boolean {
    if (this.bytes[this.at] !== open) return false
    this.at++
    return this.bytes[this.at] !== close
  }

  /** Passes a comma, if one is there. */
  comma(): boolean {
    if (this.bytes[this.at] !== COMMA) return false
    this.at++
    return true
  }

  /** Begins another slice. */
  rest(): undefined {
    this.#stop = this.at + this.#sliceBytes
  }

  /** Passes the value or key at the cursor; false when it has to go on in another slice. */
  pass(): boolean {
    for (;;) {
      if (this.at >= this.bytes.length) return true
      if (this.at >= this.#stop) return false
      if (this.#string ? this.#passText() : this.#passOther()) return true
    }
  }

  /** Goes on inside a string; true when the value has ended with it. */
  #passText(): boolean {
    const { bytes } = this
    const stop = Math.min(this.#stop, bytes.length)
    let { at } = this
    while (at < stop && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
    const over = at < stop
    this.at = over ? at + 1 : at
    this.#string = !over
    return over && this.#depth === 0
  }

  /** Goes on outside of strings up to the next one; true when the value has ended. */
  #passOther(): boolean {
    const { bytes } = this
    const stop = Math.min(this.#stop, bytes.length)
    let depth = this.#depth
    let { at } = this
    let over = false
    while (!over && !this.#string && at < stop) {
      const byte = bytes[at++]
      if (byte === QUOTE) this.#string = true
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) over = --depth <= 0
      else if (byte === COMMA) over = depth === 0
    }
    // What ends a number or a word stands behind it and is no part of it.
    const behind = over && (depth < 0 || bytes[at - 1] === COMMA)
    this.at = behind ? at - 1 : at
    this.#depth = Math.max(0, depth)
    return over
  }
}
