/** Bytes of one answer that are always taken: others' large answers must not keep small ones out. */
export const FREE_BYTES = 64 * 1024

/**
 * How many bytes of answers a client may hold together. Each answer alone has a bound, but hundreds that come at once would
 * still take the memory of the whole process. What is within FREE_BYTES does not count: those are bounded by the number
 * of connections.
 */
export class BodyRoom {
  readonly maxBytes: number
  /** What is held now. */
  bytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Whether an answer that holds `had` may hold `wanted` bytes; they are counted if so. One alone always may. */
  grow(had: number, wanted: number): boolean {
    const more = counted(wanted) - counted(had)
    if (more <= 0) return true
    const ofOthers = this.bytes - counted(had)
    if (ofOthers > 0 && this.bytes + more > this.maxBytes) return false
    this.bytes += more
    return true
  }

  /** An answer that held so many bytes is gone. */
  release(had: number): void {
    this.bytes -= counted(had)
  }
}

const counted = (bytes: number): number => (bytes > FREE_BYTES ? bytes : 0)
