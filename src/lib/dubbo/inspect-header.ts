import { FLAG_EVENT, FLAG_REQUEST, FLAG_TWO_WAY, HEADER_BYTES, requestIdOf, SERIALIZATION_MASK } from './frame.ts'
import { serializationName } from './serialization.ts'
import { statusWord } from './status.ts'

/** The 16 bytes before a body, spelled out; frame.ts has their grammar. */
export interface FrameHeader {
  /** Otherwise a response. */
  readonly request: boolean
  readonly twoWay: boolean
  readonly event: boolean
  readonly serialization: { readonly id: number; readonly name: string }
  /** Means something in responses only; requests have 0, which has no name. */
  readonly status: { readonly code: number; readonly name: string | undefined }
  /** 8 bytes; Java reads a signed whole number of 64 bits in them. */
  readonly requestId: Buffer
  readonly bodyBytes: number
}

/** The header of a whole frame. */
export function readHeader(frame: Buffer): FrameHeader {
  const flags = frame[2] as number
  const serialization = flags & SERIALIZATION_MASK
  const status = frame[3] as number
  return {
    request: (flags & FLAG_REQUEST) !== 0,
    twoWay: (flags & FLAG_TWO_WAY) !== 0,
    event: (flags & FLAG_EVENT) !== 0,
    serialization: { id: serialization, name: serializationName(serialization) },
    status: { code: status, name: statusWord(status) },
    requestId: requestIdOf(frame),
    bodyBytes: frame.length - HEADER_BYTES
  }
}
