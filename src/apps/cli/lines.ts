import { AboxError } from '#core/errors'
import { lineErrors } from './line-errors.ts'

const LF = 0x0a
const CR = 0x0d

/**
 * The lines of a byte stream, each as soon as its end has come, without LF or CR LF; a last line needs none. A line of
 * more than `maxBytes` comes as an ABOX_CLI_LINE and is not kept in memory. Errors of the stream pass through.
 */
export async function* readLines(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer | AboxError> {
  /** The beginning of a line whose end has not come; empty when the line is too long. */
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    let start = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
      yield finish(parts, chunk.subarray(start, at), length + at - start, maxBytes)
      parts = []
      length = 0
      start = at + 1
    }
    const left = chunk.subarray(start)
    length += left.length
    // One byte more than allowed is kept: it may be the CR of an end.
    if (length > maxBytes + 1) parts = []
    else if (left.length > 0) parts.push(left)
  }
  if (length > 0) yield finish(parts, Buffer.alloc(0), length, maxBytes)
}

function finish(parts: Buffer[], last: Buffer, length: number, maxBytes: number): Buffer | AboxError {
  if (length > maxBytes + 1) return tooLong(length, maxBytes)
  const line = parts.length === 0 ? last : Buffer.concat([...parts, last], length)
  const end = line[length - 1] === CR ? length - 1 : length
  return end > maxBytes ? tooLong(end, maxBytes) : line.subarray(0, end)
}

function tooLong(length: number, maxBytes: number): AboxError {
  return new AboxError(lineErrors.ABOX_CLI_LINE, `found a line of ${length} bytes, expected at most ${maxBytes}`)
}
