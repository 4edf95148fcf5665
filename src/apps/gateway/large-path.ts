import type { JsonPath } from '#lib/json'
import type { NextTurn } from './turns.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
/** Bytes that are passed in one turn of the event loop. */
const SLICE_BYTES = 256 * 1024

/**
 * The bytes of the value at `path` in JSON that `writeJson` wrote (sound, without spaces), in turns of the event loop;
 * undefined when it is not there. Of equal keys the first counts, as for `seek` of lib/json.
 */
export async function seekLarge(bytes: Buffer, path: JsonPath, nextTurn: NextTurn): Promise<Buffer | undefined> {
  const walk = new Walk(bytes)
  for (const step of path) if (!(await toStep(walk, bytes, step, nextTurn))) return undefined
  const start = walk.at
  while (!walk.pass()) await walk.turn(nextTurn)
  return bytes.subarray(start, walk.at)
}

/** Moves the cursor from a list or object to the item or member that the step names; false when there is none. */
async function toStep(walk: Walk, bytes: Buffer, step: string | number, nextTurn: NextTurn): Promise<boolean> {
  const list = typeof step === 'number'
  if (!walk.enter(list)) return false
  const wanted = Buffer.from(JSON.stringify(step))
  for (let index = 0; ; index++) {
    const key = walk.at
    if (!list) {
      while (!walk.pass()) await walk.turn(nextTurn)
      walk.at++
    }
    if (list ? index === step : wanted.equals(bytes.subarray(key, walk.at - 1))) return true
    while (!walk.pass()) await walk.turn(nextTurn)
    if (bytes[walk.at] !== COMMA) return false
    walk.at++
  }
}

/** A cursor that passes values a slice at a time. */
class Walk {
  at = 0
  readonly #bytes: Buffer
  #stop = SLICE_BYTES
  /** Where we are inside the value that is being passed. */
  #depth = 0
  #string = false

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Enters a list or an object; false when another value is there, or an empty one. */
  enter(list: boolean): boolean {
    const bytes = this.#bytes
    if (bytes[this.at] !== (list ? OPEN_LIST : OPEN_OBJECT)) return false
    this.at++
    return bytes[this.at] !== (list ? CLOSE_LIST : CLOSE_OBJECT)
  }

  async turn(nextTurn: NextTurn): Promise<void> {
    await nextTurn()
    this.#stop = this.at + SLICE_BYTES
  }

  /** Passes the value or key at the cursor; false when it has to go on in another turn. */
  pass(): boolean {
    const bytes = this.#bytes
    const end = bytes.length
    for (;;) {
      if (this.at >= end) return true
      if (this.at >= this.#stop) return false
      if (this.#string ? this.#passText() : this.#passByte()) return true
    }
  }

  /** Goes on inside a string; true when the value ended with it. */
  #passText(): boolean {
    const bytes = this.#bytes
    const stop = Math.min(this.#stop, bytes.length)
    let { at } = this
    while (at < stop && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
    this.at = at
    if (at >= stop || bytes[at] !== QUOTE) return false
    this.at++
    this.#string = false
    return this.#depth === 0
  }

  /** Passes one byte outside of strings; true when the value has ended. */
  #passByte(): boolean {
    const byte = this.#bytes[this.at]
    const opens = byte === OPEN_LIST || byte === OPEN_OBJECT
    const closes = byte === CLOSE_LIST || byte === CLOSE_OBJECT
    if (this.#depth === 0 && (closes || byte === COMMA)) return true
    this.at++
    if (byte === QUOTE) this.#string = true
    else if (opens) this.#depth++
    else if (closes) this.#depth--
    return closes && this.#depth === 0
  }
}
