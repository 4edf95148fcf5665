/** Makes hashes of texts, given how texts become bytes. */
type MakeHashes = (encode: (text: string) => Uint8Array) => object

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Gives the realm the frozen object `udl`: what feature code needs and JavaScript has not, or has otherwise than Java.
 * udl/index.d.ts describes it for authors; nothing of it reaches out of the isolate.
 */
export function makeLibrary(makeHashes: MakeHashes, makeDecimals: () => object): void {
  const { freeze, defineProperty } = Object
  const { charCodeAt } = String.prototype
  const code = Function.prototype.call.bind(charCodeAt) as (text: string, at: number) => number
  const { fromCodePoint } = String
  const { fround } = Math
  const big = BigInt
  const PERCENT = 37
  /** The least that is written with so many bytes. */
  const LEAST = [0, 0, 0x80, 0x800, 0x10000]
  const ID = /^-?\d{1,100}$/
  const Bytes = Uint8Array

  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const values = new Bytes(128).fill(255)
  for (let i = 0; i < 64; i++) values[code(ALPHABET, i)] = i
  // The alphabet of URLs is read, too.
  values[45] = 62
  values[95] = 63

  const base64 = {
    encode(bytes: ArrayLike<number>): string {
      let text = ''
      for (let i = 0; i < bytes.length; i += 3) {
        const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]]
        const three = ((a & 255) << 16) | (((b ?? 0) & 255) << 8) | ((c ?? 0) & 255)
        text += (ALPHABET[three >> 18] as string) + ALPHABET[(three >> 12) & 63]
        text +=
          b === undefined
            ? '=='
            : (ALPHABET[(three >> 6) & 63] as string) + (c === undefined ? '=' : ALPHABET[three & 63])
      }
      return text
    },
    decode(text: string): Uint8Array {
      let { length } = text
      while (length > 0 && code(text, length - 1) === 61) length--
      if (length % 4 === 1) throw new TypeError('base64: found a length that no bytes have')
      const bytes = new Bytes((length * 3) >> 2)
      let bits = 0
      let at = 0
      for (let i = 0; i < length; i++) {
        const unit = code(text, i)
        const value = unit < 128 ? (values[unit] as number) : 255
        if (value === 255) throw new TypeError(`base64: found "${text[i]}" at ${i}`)
        bits = (bits << 6) | value
        if (i % 4 !== 0) bytes[at++] = (bits >> (6 - (i % 4) * 2)) & 255
      }
      return bytes
    }
  }

  const utf8 = {
    encode(text: string): Uint8Array {
      const escaped = encodeURIComponent(text.toWellFormed())
      const bytes = new Bytes(escaped.length)
      let at = 0
      for (let i = 0; i < escaped.length; i++) {
        const unit = code(escaped, i)
        bytes[at++] = unit === PERCENT ? Number(`0x${escaped[++i]}${escaped[++i]}`) : unit
      }
      return bytes.slice(0, at)
    },
    /** Bytes that are no UTF-8 become U+FFFD, one for each. */
    decode(bytes: ArrayLike<number>): string {
      let text = ''
      for (let i = 0; i < bytes.length; ) {
        const size = sizeAt(bytes, i)
        text += fromCodePoint(size === 0 ? 0xfffd : pointAt(bytes, i, size))
        i += size || 1
      }
      return text
    }
  }

  /** Bytes of the letter at `i`; 0 where none is written. */
  function sizeAt(bytes: ArrayLike<number>, i: number): number {
    const first = bytes[i] as number
    if (first < 0x80) return 1
    if (first < 0xc2 || first > 0xf4) return 0
    let size = 2
    if (first >= 0xe0) size = first < 0xf0 ? 3 : 4
    for (let k = 1; k < size; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0
    const point = pointAt(bytes, i, size)
    const bad = point < (LEAST[size] as number) || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)
    return bad ? 0 : size
  }

  function pointAt(bytes: ArrayLike<number>, i: number, size: number): number {
    let point = size === 1 ? (bytes[i] as number) : (bytes[i] as number) & (0xff >> (size + 1))
    for (let k = 1; k < size; k++) point = (point << 6) | ((bytes[i + k] as number) & 63)
    return point
  }

  /** Ids are whole numbers of any length: numbers, BigInts, or text as long ones arrive. */
  const id = {
    of(value: unknown): bigint {
      if (typeof value === 'bigint') return value
      if (typeof value === 'number' && value > -(2 ** 53) && value < 2 ** 53 && value % 1 === 0) return big(value)
      if (typeof value === 'string' && ID.test(value)) return big(value)
      throw new TypeError(`id: found ${typeof value === 'string' ? `"${value}"` : `a ${typeof value} that is no id`}`)
    },
    text: (value: unknown): string => `${id.of(value)}`,
    same: (left: unknown, right: unknown): boolean => id.of(left) === id.of(right),
    compare(left: unknown, right: unknown): number {
      const [a, b] = [id.of(left), id.of(right)]
      return a < b ? -1 : a > b ? 1 : 0
    },
    /** As Java's Math.floorMod: never negative. */
    mod(value: unknown, buckets: number): number {
      const by = id.of(buckets)
      const rest = id.of(value) % by
      return Number(rest < 0n ? rest + by : rest)
    }
  }

  /** A heap of the best so far, the worst of them on top. */
  function topK(scores: ArrayLike<number>, k: number): number[] {
    const heap: number[] = []
    if (!(k > 0)) return heap
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] as number
      if (!(score <= Infinity)) continue
      if (heap.length < k) rise(scores, heap, i)
      else if (score > (scores[heap[0] as number] as number)) sink(scores, heap, heap.length, i)
    }
    for (let end = heap.length - 1; end > 0; end--) {
      const last = heap[end] as number
      heap[end] = heap[0] as number
      sink(scores, heap, end, last)
    }
    return heap
  }

  function isWorse(scores: ArrayLike<number>, a: number, b: number): boolean {
    const left = scores[a] as number
    const right = scores[b] as number
    return left < right || (!(left > right) && a > b)
  }

  /** Adds `i`. */
  function rise(scores: ArrayLike<number>, heap: number[], i: number): void {
    let at = heap.length
    heap[at] = i
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isWorse(scores, i, heap[above] as number)) break
      heap[at] = heap[above] as number
      at = above
    }
    heap[at] = i
  }

  /** Puts `i` in place of the top of the first `size`. */
  function sink(scores: ArrayLike<number>, heap: number[], size: number, i: number): void {
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= size) break
      if (below + 1 < size && isWorse(scores, heap[below + 1] as number, heap[below] as number)) below++
      if (!isWorse(scores, heap[below] as number, i)) break
      heap[at] = heap[below] as number
      at = below
    }
    heap[at] = i
  }

  const library = {
    base64: freeze(base64),
    utf8: freeze(utf8),
    hash: freeze(makeHashes(utf8.encode)),
    id: freeze(id),
    topK,
    float32: (value: number): number => fround(value),
    ...makeDecimals()
  }
  for (const part of [base64, utf8, library.hash, id, library]) {
    for (const value of Object.values(part)) {
      freeze(value)
      // Functions that could be called with `new` have one.
      const { prototype } = value as { prototype?: object }
      if (prototype !== undefined) freeze(prototype)
    }
  }
  defineProperty(globalThis, 'udl', { value: freeze(library), writable: false, enumerable: false, configurable: false })
}
