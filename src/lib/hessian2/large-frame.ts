import type { LargeOutline } from '#lib/json'
import type { JavaType } from './java-type.ts'
import type { JsonJob } from './json-job.ts'

/** No name of a field is longer, and nothing that is written as a string, but strings and bytes. */
export const MOST_TEXT: number = 64 * 1024

/** What all parts of a large answer share. */
export interface LargeWork {
  readonly job: JsonJob
  readonly outline: LargeOutline
  /** Bytes of JSON that may still be treated in this slice, about. */
  left: number
  /** Writes the value at the reader's position, and true; or, when it is a large one, only begins it, and false. */
  item(type: JavaType, place: number): boolean
  /** Begins the large string at the reader's position. */
  text(): void
}

/** A large value that is being written. */
export interface LargeFrame {
  /** Goes on until it has ended (true), a large value inside it was begun, or nothing is left of the slice. */
  run(work: LargeWork): boolean
  /** The name or index, inside of it, of the part that is being written and that has the byte `offset`; for messages. */
  stepTo(bytes: Buffer, offset: number): string | number | undefined
}
