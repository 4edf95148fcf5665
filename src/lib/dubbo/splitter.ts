import { HEADER_BYTES, LENGTH_OFFSET, MAGIC_HIGH, MAGIC_LOW } from './frame.ts'

/** Why a byte stream cannot be cut any further. */
export type FrameFault = 'bad_magic' | 'bad_length' | 'too_large'

/** Who gets the frames. Called from inside `push`, in the order of the stream. */
export interface FrameSink {
  /**
   * One whole frame with its header. Nobody writes into these bytes, then or later. It is a view into its chunk unless
   * it came in several: who keeps it keeps the chunk, at most 64 KiB from a socket. (A copy would not help: Buffers
   * of this size share pool slabs of 64 KiB as well, and it costs eight times as much.)
   */
  onFrame(frame: Buffer): void
  /** The end of the stream as far as it can be understood; `header` is what is there of the frame at fault. */
  onBroken(fault: FrameFault, header: Buffer): void
  /** Bytes that belong to no frame are passed over; once between two frames, and only where that is allowed at all. */
  onSkip?(): void
}

/**
 * Stands in the first line of each HTTP request. A page in a browser can make any of its readers send one to any port, with a
 * frame as its body: who speaks HTTP is no consumer.
 */
const HTTP = Buffer.from('HTTP/1.')

/** What a frame gets at least when it begins in one chunk and ends in another, unless it is shorter. */
const FIRST_BYTES = 4096

const EMPTY = Buffer.alloc(0)
const MAGIC = Buffer.of(MAGIC_HIGH, MAGIC_LOW)

/**
 * Cuts a byte stream into frames, however it arrives. What is kept between two chunks grows by doubling with what has
 * been received of one frame, so no byte is moved more than a few times and a length is never trusted with memory.
 *
 * Bytes that are no frame, such as a line typed into telnet, are passed over up to the next magic, as Java does on
 * both sides; each of them is looked at once and none is kept, save a last byte that may begin a magic. HTTP is not passed over.
 */
export class FrameSplitter {
  readonly #sink: FrameSink
  readonly #payloadBytes: number
  readonly #skipBytes: number
  /** Bytes passed over since the last whole frame. */
  #skipped = 0
  /** How many bytes of `HTTP` the bytes passed over last are. */
  #http = 0
  /** The beginning of a frame that is not whole yet; its first `#have` bytes are filled. */
  #partial: Buffer = EMPTY
  #have = 0
  /** Whole length of the frame in `#partial`, 0 while its header is not whole. */
  #total = 0
  #since = 0
  #stopped = false

  /** `skipBytes`: how many bytes between two frames may belong to none before the stream is given up. */
  constructor(payloadBytes: number, sink: FrameSink, skipBytes = 0) {
    this.#payloadBytes = payloadBytes
    this.#sink = sink
    this.#skipBytes = skipBytes
  }

  /** Bytes allocated for a frame that is not whole yet. */
  get bufferedBytes(): number {
    return this.#have === 0 ? 0 : this.#partial.length
  }

  /** The `now` of the `push` that brought the first byte of the frame that is not whole yet; `undefined` if none is. */
  get partialSince(): number | undefined {
    return this.#have === 0 ? undefined : this.#since
  }

  /** The header of the frame that is not whole yet, if at least that is. */
  get partialHeader(): Buffer | undefined {
    return this.#total === 0 ? undefined : this.#partial.subarray(0, HEADER_BYTES)
  }

  /** Ignores everything from here on and gives its memory back. */
  stop(): void {
    this.#stopped = true
    this.#forget()
  }

  /** Takes the next bytes of the stream, of which `chunk` must be the only owner. `now` is any monotonic time. */
  push(chunk: Buffer, now: number): void {
    let offset = this.#have === 0 ? 0 : this.#continue(chunk)
    while (!this.#stopped && offset < chunk.length) {
      if (!beginsFrame(chunk, offset)) {
        offset = this.#skip(chunk, offset)
        continue
      }
      const total = this.#measure(chunk, offset, chunk.length)
      if (total < 0) return
      if (total === 0 || offset + total > chunk.length) {
        this.#begin(chunk, offset, total, now)
        return
      }
      this.#skipped = this.#http = 0
      this.#sink.onFrame(chunk.subarray(offset, offset + total))
      offset += total
    }
  }

  /** Where the next frame may begin: at a magic, at a last byte that may be half of one, or at the chunk's end. */
  #skip(chunk: Buffer, from: number): number {
    const magic = chunk.indexOf(MAGIC, from)
    const last = chunk.length - 1
    const next = magic >= 0 ? magic : chunk[last] === MAGIC_HIGH ? last : chunk.length
    this.#pass(next - from, chunk, from)
    return next
  }

  /** Counts bytes that belong to no frame; `bytes` at `from` is the first of them. */
  #pass(count: number, bytes: Buffer, from: number): void {
    const isFirst = this.#skipped === 0
    this.#skipped += count
    if (this.#skipped > this.#skipBytes) {
      this.#break('bad_magic', bytes, from, bytes.length)
      return
    }
    if (isFirst) this.#sink.onSkip?.()
    if (this.#isHttp(bytes, from, from + count)) this.#break('bad_magic', HTTP, 0, HTTP.length)
  }

  /** Whether `HTTP` ends within the bytes passed over from `start` to `end`, wherever it began. */
  #isHttp(bytes: Buffer, start: number, end: number): boolean {
    let matched = this.#http
    for (let at = start; at < end && matched < HTTP.length; at++) {
      // Its first letter occurs in it once, so that is where to look again.
      if (bytes[at] === HTTP[matched]) matched++
      else matched = bytes[at] === HTTP[0] ? 1 : 0
    }
    this.#http = matched
    return matched === HTTP.length
  }

  /** Length of the frame that begins at `start`; 0 if its header is not whole, −1 after the stream was given up. */
  #measure(bytes: Buffer, start: number, end: number): number {
    if (end - start < HEADER_BYTES) return 0
    const bodyBytes = bytes.readInt32BE(start + LENGTH_OFFSET)
    if (bodyBytes < 0) return this.#break('bad_length', bytes, start, end)
    if (bodyBytes > this.#payloadBytes) return this.#break('too_large', bytes, start, end)
    return HEADER_BYTES + bodyBytes
  }

  #break(fault: FrameFault, bytes: Buffer, start: number, end: number): -1 {
    const header = Buffer.from(bytes.subarray(start, Math.min(end, start + HEADER_BYTES)))
    this.stop()
    this.#sink.onBroken(fault, header)
    return -1
  }

  /** Keeps the beginning of a frame until the rest comes. */
  #begin(chunk: Buffer, offset: number, total: number, now: number): void {
    const rest = chunk.length - offset
    const capacity = total === 0 ? HEADER_BYTES : Math.min(total, Math.max(2 * rest, FIRST_BYTES))
    this.#partial = Buffer.allocUnsafe(capacity)
    chunk.copy(this.#partial, 0, offset)
    this.#have = rest
    this.#total = total
    this.#since = now
  }

  /** Goes on with what is kept; returns where in `chunk` the next frame begins. */
  #continue(chunk: Buffer): number {
    // What is kept is a frame as soon as its magic is whole. The first half of one alone is not.
    if (this.#have > 1 || chunk.length === 0 || chunk[0] === MAGIC_LOW) return this.#complete(chunk)
    const half = Buffer.concat([this.#partial.subarray(0, 1), chunk.subarray(0, HEADER_BYTES - 1)])
    this.#forget()
    this.#pass(1, half, 0)
    return 0
  }

  /** Adds to the frame that is not whole yet; returns where in `chunk` the next one begins. */
  #complete(chunk: Buffer): number {
    let offset = 0
    if (this.#total === 0) {
      offset = Math.min(HEADER_BYTES - this.#have, chunk.length)
      chunk.copy(this.#partial, this.#have, 0, offset)
      this.#have += offset
      const total = this.#measure(this.#partial, 0, this.#have)
      if (total <= 0) return chunk.length
      this.#total = total
    }
    const taken = Math.min(this.#total - this.#have, chunk.length - offset)
    this.#reserve(this.#have + taken)
    chunk.copy(this.#partial, this.#have, offset, offset + taken)
    this.#have += taken
    if (this.#have === this.#total) {
      const frame = this.#partial
      this.#forget()
      this.#skipped = this.#http = 0
      this.#sink.onFrame(frame)
    }
    return offset + taken
  }

  #reserve(needed: number): void {
    if (needed <= this.#partial.length) return
    const grown = Buffer.allocUnsafe(Math.min(this.#total, Math.max(needed, 2 * this.#partial.length)))
    this.#partial.copy(grown, 0, 0, this.#have)
    this.#partial = grown
  }

  #forget(): void {
    this.#partial = EMPTY
    this.#have = 0
    this.#total = 0
  }
}

/** Whether the magic stands at `at`, or its first byte as the last one of `bytes`. */
function beginsFrame(bytes: Buffer, at: number): boolean {
  return bytes[at] === MAGIC_HIGH && (at + 1 === bytes.length || bytes[at + 1] === MAGIC_LOW)
}
