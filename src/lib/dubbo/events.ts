/**
 * Frames that say something about the connection and not about a call.
 *
 *   heartbeat request  := header(flags 0xE0 | serialization) null    · Java sends one after 60 s without a read
 *   heartbeat answer   := header(flags 0x20 | serialization, status 20, same id) null
 *   readonly           := header(flags 0xA0 | serialization) "R"     · the provider is about to leave; never answered
 *   writable           := header(flags 0xA0 | serialization) "W"     · 3.x only
 *   null               := 0x4E in hessian2; other serializations write other bytes, so an answer repeats what came
 *
 * A body is 1 to 15 bytes long. A two-way event of another size is refused with status 40, as Dubbo 3.3 does; 2.7
 * leaves its sender waiting.
 */
import {
  buildFrame,
  FLAG_EVENT,
  FLAG_REQUEST,
  FLAG_TWO_WAY,
  HEADER_BYTES,
  HESSIAN2,
  requestIdOf,
  SERIALIZATION_MASK
} from './frame.ts'
import { STATUS } from './status.ts'

/** Longer event bodies are refused by Java (`deserialization.event.size`). */
export const MAX_EVENT_BYTES = 15
const HESSIAN_NULL = 0x4e
const READONLY = 0x52

/** What an event frame is. `other` is ignored by all peers; `malformed` has a body of an impossible size. */
export type EventKind = 'heartbeat' | 'readonly' | 'other' | 'malformed'

/** Tells the kind of an event request from its whole frame. */
export function eventKind(frame: Buffer): EventKind {
  const bodyBytes = frame.length - HEADER_BYTES
  const flags = frame[2] ?? 0
  if (bodyBytes === 0 || bodyBytes > MAX_EVENT_BYTES) return 'malformed'
  // An event of another serialization that awaits an answer can only be a heartbeat: there is no other such event.
  if ((flags & SERIALIZATION_MASK) !== HESSIAN2) return (flags & FLAG_TWO_WAY) === 0 ? 'other' : 'heartbeat'
  if (bodyBytes === 1 && frame[HEADER_BYTES] === HESSIAN_NULL) return 'heartbeat'
  return bodyBytes === 2 && frame[HEADER_BYTES] === 1 && frame[HEADER_BYTES + 1] === READONLY ? 'readonly' : 'other'
}

/** Answer to a heartbeat: same id, same serialization, same null. Another serialization makes 3.x reconnect. */
export function heartbeatReply(request: Buffer): Buffer {
  const serialization = (request[2] ?? 0) & SERIALIZATION_MASK
  return buildFrame(FLAG_EVENT | serialization, STATUS.OK, requestIdOf(request), request.subarray(HEADER_BYTES))
}

/** A heartbeat of our own; both sides of a connection may send one. */
export function heartbeatRequest(id: Buffer): Buffer {
  return buildFrame(FLAG_REQUEST | FLAG_TWO_WAY | FLAG_EVENT | HESSIAN2, 0, id, Buffer.of(HESSIAN_NULL))
}

/** Tells a consumer to send its next calls elsewhere. Calls that still come must be answered. */
export function readonlyEvent(id: Buffer): Buffer {
  return buildFrame(FLAG_REQUEST | FLAG_EVENT | HESSIAN2, 0, id, Buffer.of(1, READONLY))
}
