/** Bytes before and behind the frame. More than any value of fixed size, so that one that reads on meets poison. */
const MARGIN = 64

/**
 * Pairs of bytes to surround a frame with. Each lets another reader go on too far: values and ends of lists, the middle of a
 * character and a letter, the beginning of a double and of an empty string, the half of a magic.
 */
export const POISONS: readonly (readonly [number, number])[] = [
  [0x90, 0x5a],
  [0x80, 0x41],
  [0x44, 0x00],
  [0xda, 0x4e]
]

/** Memory in which frames lie between bytes that are not theirs. */
export class PoisonedMemory {
  #memory = Buffer.alloc(4 * MARGIN)

  /** Puts the frame between `poison`s; it begins at `start`. The memory is used again by the next call. */
  place(frame: Buffer, poison: number): { readonly memory: Buffer; readonly start: number; readonly end: number } {
    const start = MARGIN
    const end = start + frame.length
    if (end + MARGIN > this.#memory.length) this.#memory = Buffer.alloc(2 * (end + MARGIN))
    const memory = this.#memory
    memory.fill(poison, 0, start)
    frame.copy(memory, start)
    memory.fill(poison, end, end + MARGIN)
    return { memory, start, end }
  }
}
