/**
 * The 16 bytes before every body.
 *
 *   frame    := header body
 *   header   := 0xDA 0xBB flags status id length
 *   flags    := 1 byte:  0x80 request, else response · 0x40 two-way: an answer is awaited · 0x20 event
 *                        0x1f serialization of the body (2 = hessian2)
 *   status   := 1 byte:  status.ts in responses, 0 in requests
 *   id       := 8 bytes: chosen by the consumer and given back in the answer. Consumers since 3.2.5 start at a random
 *                        signed 64-bit number, which a JavaScript number would change, so they stay opaque bytes
 *   length   := int32 big-endian: bytes of the body
 */
export const HEADER_BYTES = 16
/** Default of Java's `payload`: consumers refuse to send more by themselves. */
export const DEFAULT_PAYLOAD_BYTES = 8 * 1024 * 1024

export const MAGIC_HIGH = 0xda
export const MAGIC_LOW = 0xbb

export const FLAG_REQUEST = 0x80
export const FLAG_TWO_WAY = 0x40
export const FLAG_EVENT = 0x20
export const SERIALIZATION_MASK = 0x1f
export const HESSIAN2 = 2

export const ID_OFFSET = 4
export const LENGTH_OFFSET = 12

/** Fills the first 16 bytes of `frame`. `id` is 8 bytes, copied as they are. */
export function writeHeader(frame: Buffer, flags: number, status: number, id: Buffer, bodyBytes: number): void {
  frame[0] = MAGIC_HIGH
  frame[1] = MAGIC_LOW
  frame[2] = flags
  frame[3] = status
  id.copy(frame, ID_OFFSET, 0, 8)
  frame.writeInt32BE(bodyBytes, LENGTH_OFFSET)
}

/** A whole frame around a body that exists already. */
export function buildFrame(flags: number, status: number, id: Buffer, body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length)
  writeHeader(frame, flags, status, id, body.length)
  body.copy(frame, HEADER_BYTES)
  return frame
}

/** The 8 bytes of the request id, as a view into the frame. */
export function requestIdOf(frame: Buffer): Buffer {
  return frame.subarray(ID_OFFSET, LENGTH_OFFSET)
}
