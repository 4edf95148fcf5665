/** Places of the table; half of them at most are taken. */
const LEAST = 64
/** After a stream with more than so many, the memory is given back. */
const MOST_KEPT = 4096
/** What the table holds are small integers, so that it begins anew beyond this. */
const MOST_BASE = 0x3fffffff
/** 2^32 divided by the golden ratio: serial numbers in a row go to places far from each other. */
const SPREAD = 0x9e3779b1

/**
 * The lists, maps and objects that a stream has had, found again by identity: an open hash table over their serial numbers,
 * see values.ts. A `Map` of the engine asks each object for its hash and takes as long as writing a small object.
 *
 * `#table[place]` is 1 + `#base` + the index into `#objects`; what is not above `#base` is left from earlier streams.
 */
export class References {
  #objects: object[] = []
  #serials = new Int32Array(LEAST / 2)
  #numbers = new Int32Array(LEAST / 2)
  #table = new Int32Array(LEAST)
  #base = 0

  /** Forgets everything. */
  clear(): void {
    const count = this.#objects.length
    if (count === 0) return
    this.#objects = []
    this.#base += count
    if (count > MOST_KEPT || this.#base > MOST_BASE) this.#resize(LEAST)
  }

  /** The number under which `object` was added; −1 when it was not yet, and now it is, under `number`. */
  find(object: object, serial: number, number: number): number {
    const objects = this.#objects
    const count = objects.length
    if (count === this.#numbers.length) this.#resize(count * 4)
    const table = this.#table
    const base = this.#base
    let place = placeOf(serial, table)
    for (let entry = table[place] as number; entry > base; entry = table[place] as number) {
      // Serial numbers repeat one day: the object itself decides.
      if (objects[entry - base - 1] === object) return this.#numbers[entry - base - 1] as number
      place = (place + 1) & (table.length - 1)
    }
    table[place] = base + 1 + count
    this.#serials[count] = serial
    this.#numbers[count] = number
    objects.push(object)
    return -1
  }

  #resize(size: number): void {
    const count = this.#objects.length
    const table = new Int32Array(size)
    const serials = new Int32Array(size / 2)
    const numbers = new Int32Array(size / 2)
    serials.set(this.#serials.subarray(0, count))
    numbers.set(this.#numbers.subarray(0, count))
    for (let index = 0; index < count; index++) {
      let place = placeOf(serials[index] as number, table)
      while (table[place] !== 0) place = (place + 1) & (size - 1)
      table[place] = 1 + index
    }
    this.#table = table
    this.#serials = serials
    this.#numbers = numbers
    this.#base = 0
  }
}

/** Where to begin to look: as many of the highest bits as there are places. */
function placeOf(serial: number, table: Int32Array): number {
  return Math.imul(serial, SPREAD) >>> (Math.clz32(table.length) + 1)
}
