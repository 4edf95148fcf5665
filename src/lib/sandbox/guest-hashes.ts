/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Hashes as the programs that trained the model have them.
 */
export function makeHashes(encode: (text: string) => Uint8Array): Record<string, unknown> {
  const code = Function.prototype.call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number
  const { imul } = Math
  const K = [] as number[]
  const START = [] as number[]

  /** The first 32 bits behind the point of the roots of primes: FIPS 180-4, 4.2.2 and 5.3.3. */
  for (let n = 2; K.length < 64; n++) {
    let prime = true
    for (let by = 2; by * by <= n; by++) prime &&= n % by !== 0
    if (!prime) continue
    if (START.length < 8) START.push(((Math.sqrt(n) % 1) * 2 ** 32) | 0)
    K.push(((Math.cbrt(n) % 1) * 2 ** 32) | 0)
  }
  return { java, fnv1a32, murmur3, sha256 }

  /** java.lang.String.hashCode. */
  function java(text: string): number {
    let hash = 0
    for (let i = 0; i < text.length; i++) hash = (imul(hash, 31) + code(text, i)) | 0
    return hash
  }

  function bytesOf(data: string | ArrayLike<number>): ArrayLike<number> {
    return typeof data === 'string' ? encode(data) : data
  }

  /** FNV-1a, 32 bits, of the UTF-8. Not negative. */
  function fnv1a32(data: string | ArrayLike<number>): number {
    const bytes = bytesOf(data)
    let hash = 0x811c9dc5
    for (let i = 0; i < bytes.length; i++) hash = imul(hash ^ (bytes[i] as number), 0x01000193)
    return hash >>> 0
  }

  /** MurmurHash3 x86 32, as Guava's murmur3_32_fixed of the UTF-8: a Java int. */
  function murmur3(data: string | ArrayLike<number>, seed = 0): number {
    const bytes = bytesOf(data)
    const { length } = bytes
    const at = (i: number): number => (bytes[i] as number) & 255
    const mix = (k: number): number => {
      const first = imul(k, 0xcc9e2d51)
      return imul((first << 15) | (first >>> 17), 0x1b873593)
    }
    let hash = seed | 0
    let i = 0
    for (; i + 4 <= length; i += 4) {
      hash ^= mix(at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24))
      hash = (imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
    }
    let rest = 0
    for (let j = length - 1; j >= i; j--) rest = (rest << 8) | at(j)
    if (i < length) hash ^= mix(rest)
    hash ^= length
    hash = imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) | 0
  }

  /** SHA-256 of the UTF-8, as 64 hex digits (FIPS 180-4). */
  function sha256(data: string | ArrayLike<number>): string {
    const bytes = bytesOf(data)
    const blocks = ((bytes.length + 8) >> 6) + 1
    const padded = new Uint8Array(blocks * 64)
    for (let i = 0; i < bytes.length; i++) padded[i] = bytes[i] as number
    padded[bytes.length] = 0x80
    const view = new DataView(padded.buffer)
    view.setUint32(blocks * 64 - 8, Math.floor(bytes.length / 2 ** 29))
    view.setUint32(blocks * 64 - 4, (bytes.length << 3) >>> 0)
    const state = new Int32Array(START)
    const words = new Int32Array(64)
    for (let block = 0; block < blocks; block++) digest(view, block * 64, words, state)
    let hex = ''
    for (let i = 0; i < 8; i++) hex += `0000000${((state[i] as number) >>> 0).toString(16)}`.slice(-8)
    return hex
  }

  function digest(view: DataView, from: number, w: Int32Array, state: Int32Array): void {
    const turn = (x: number, n: number): number => (x >>> n) | (x << (32 - n))
    const word = (i: number): number => w[i] as number
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = view.getInt32(from + i * 4)
      else {
        const s0 = turn(word(i - 15), 7) ^ turn(word(i - 15), 18) ^ (word(i - 15) >>> 3)
        const s1 = turn(word(i - 2), 17) ^ turn(word(i - 2), 19) ^ (word(i - 2) >>> 10)
        w[i] = word(i - 16) + s0 + word(i - 7) + s1
      }
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (K[i] as number) + word(i)) | 0
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0]
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + value
  }
}
