/**
 * Frames as a person or tool wants to see them: everything that stands there, also what a provider would refuse. The
 * grammar of frames is in frame.ts, that of bodies in invocation.ts, result.ts and events.ts.
 */
import { AboxError } from '#core/errors'
import { HEADER_BYTES, LENGTH_OFFSET, MAGIC_HIGH, MAGIC_LOW } from './frame.ts'
import { type FrameBody, inspectBody } from './inspect-body.ts'
import { dubboInspectErrors } from './inspect-errors.ts'
import { type FrameHeader, readHeader } from './inspect-header.ts'

export interface InspectedFrame {
  /** Where its body begins in the bytes that were looked at. */
  readonly bodyOffset: number
  readonly header: FrameHeader
  readonly body: FrameBody
}

export interface InspectedFrames {
  readonly frames: readonly InspectedFrame[]
  /** Bytes behind the last whole frame; 0 unless there is an error. */
  readonly rest: number
  /** ABOX_DUBBO_FRAME when what follows the last frame is none. Errors inside a body stand in that body. */
  readonly error: AboxError | undefined
}

/** Cuts bytes into whole frames, one after the other, and looks into each. Never throws for any bytes. */
export function inspectFrames(bytes: Buffer): InspectedFrames {
  const frames: InspectedFrame[] = []
  let offset = 0
  while (offset < bytes.length) {
    const error = findFault(bytes, offset)
    if (error !== undefined) return { frames, rest: bytes.length - offset, error }
    const end = offset + HEADER_BYTES + bytes.readInt32BE(offset + LENGTH_OFFSET)
    const frame = bytes.subarray(offset, end)
    const header = readHeader(frame)
    frames.push({ bodyOffset: offset + HEADER_BYTES, header, body: inspectBody(header, frame.subarray(HEADER_BYTES)) })
    offset = end
  }
  return { frames, rest: 0, error: undefined }
}

/** Why no whole frame begins at `at`. */
function findFault(bytes: Buffer, at: number): AboxError | undefined {
  const left = bytes.length - at
  const magic = bytes.subarray(at, at + 2)
  if (magic[0] !== MAGIC_HIGH || (left > 1 && magic[1] !== MAGIC_LOW)) {
    return refuse(at, `found ${magic.toString('hex')}, expected dabb, the beginning of a header`)
  }
  if (left < HEADER_BYTES) return refuse(at, `found ${left} bytes, expected a header of ${HEADER_BYTES}`)
  const bodyBytes = bytes.readInt32BE(at + LENGTH_OFFSET)
  if (bodyBytes < 0) return refuse(at + LENGTH_OFFSET, `found the length ${bodyBytes}, expected 0 or more`)
  const found = left - HEADER_BYTES
  if (found >= bodyBytes) return undefined
  return refuse(at + HEADER_BYTES, `found ${found} bytes, expected a body of ${bodyBytes} as the header says`)
}

function refuse(offset: number, detail: string): AboxError {
  return new AboxError(dubboInspectErrors.ABOX_DUBBO_FRAME, `at byte ${offset}: ${detail}`, { offset })
}
