/**
 * Frames that answer a request.
 *
 *   answer      := header(flags 0x02, status, id of the request) (result | text)
 *   result      := flag …                    with status 20
 *   flag        := int: 0 exception · 1 value · 2 null · 3, 4, 5 the same with attachments
 *   0 | 3       := flag throwable map?       exception.ts
 *   1 | 4       := flag value map?
 *   2 | 5       := flag map?
 *   text        := string                    with every other status
 *
 * 3, 4 and 5 only for requests of protocol 2.0.2 to 2.0.99: older consumers do not know them.
 */
import { HessianWriter } from '#lib/hessian2'
import { buildFrame, HEADER_BYTES, HESSIAN2, writeHeader } from './frame.ts'
import { STATUS } from './status.ts'

export type Attachments = ReadonlyMap<string, string>

export const RESULT_EXCEPTION = 0
export const RESULT_VALUE = 1
export const RESULT_NULL = 2
/** Added to the flag when a map of attachments follows. */
export const WITH_ATTACHMENTS = 3

/** A text longer than this helps nobody and may be made of the caller's own bytes. */
const MAX_TEXT = 8192
/** From this size on a frame leaves with the writer's own memory instead of a copy. */
const HAND_OVER_BYTES = 64 * 1024
const INITIAL_BYTES = 4096
/** The flag 2. */
const NULL_BODY = Buffer.of(0x92)

/**
 * Makes value answers one after the other in the same memory:
 *
 *     writeJsonAs(reader, type, results.begin(request.requestId), 'maps')
 *     request.reply(results.end())
 *
 * An answer that failed half-way needs no cleaning up: the next `begin` forgets it.
 */
export class ResultWriter {
  readonly #maxBytes: number
  #writer: HessianWriter
  #requestId: Buffer = Buffer.alloc(8)
  #attachments: Attachments | undefined = undefined

  /** The body of an answer may have `maxBytes`: more is ABOX_ANSWER_TOO_LARGE, of `end` and of the writer. */
  constructor(maxBytes: number = Number.MAX_SAFE_INTEGER) {
    this.#maxBytes = maxBytes
    this.#writer = new HessianWriter(INITIAL_BYTES, maxBytes, HEADER_BYTES)
  }

  /**
   * Starts an answer with a value; the caller writes exactly one value into the writer it gets and then calls `end`.
   * `attachments` only if the invocation has `responseAttachmentsAllowed`.
   */
  begin(requestId: Buffer, attachments?: Attachments): HessianWriter {
    const writer = this.#writer
    writer.reset(HEADER_BYTES)
    writer.int(attachments === undefined ? RESULT_VALUE : RESULT_VALUE + WITH_ATTACHMENTS)
    this.#requestId = requestId
    this.#attachments = attachments
    return writer
  }

  /** The whole frame. Its bytes are the caller's; nothing here writes into them again. */
  end(): Buffer {
    const writer = this.#writer
    if (this.#attachments !== undefined) writeAttachments(writer, this.#attachments)
    writer.checkSize()
    const frame = finish(writer, STATUS.OK, this.#requestId)
    if (frame.length < HAND_OVER_BYTES) {
      const copy = Buffer.allocUnsafe(frame.length)
      copy.set(frame)
      return copy
    }
    this.#writer = new HessianWriter(INITIAL_BYTES, this.#maxBytes, HEADER_BYTES)
    return frame
  }
}

/** Answer of a method that returns nothing, or null. */
export function nullResult(requestId: Buffer, attachments?: Attachments): Buffer {
  if (attachments === undefined) return buildFrame(HESSIAN2, STATUS.OK, requestId, NULL_BODY)
  return endResult(startResult(RESULT_NULL, attachments, 128), requestId, attachments)
}

/**
 * Answer with a status other than 20: `text` is what the `RpcException` of a Java consumer will say. Java sends such
 * a call again (retries), so it is for what may succeed elsewhere or was never begun.
 */
export function statusResult(requestId: Buffer, status: number, text: string): Buffer {
  const writer = new HessianWriter(HEADER_BYTES + 128)
  writer.reset(HEADER_BYTES)
  writer.string(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text)
  return finish(writer, status, requestId)
}

/** A writer that stands behind header and flag. */
export function startResult(flag: number, attachments: Attachments | undefined, bytes: number): HessianWriter {
  const writer = new HessianWriter(bytes)
  writer.reset(HEADER_BYTES)
  writer.int(attachments === undefined ? flag : flag + WITH_ATTACHMENTS)
  return writer
}

/** Adds the attachments announced by `startResult` and the header. */
export function endResult(writer: HessianWriter, requestId: Buffer, attachments: Attachments | undefined): Buffer {
  if (attachments !== undefined) writeAttachments(writer, attachments)
  return finish(writer, STATUS.OK, requestId)
}

export function writeAttachments(writer: HessianWriter, attachments: Attachments): void {
  writer.mapBegin()
  for (const [key, value] of attachments) {
    writer.string(key)
    writer.string(value)
  }
  writer.mapEnd()
}

function finish(writer: HessianWriter, status: number, requestId: Buffer): Buffer {
  const frame = writer.take()
  writeHeader(frame, HESSIAN2, status, requestId, frame.length - HEADER_BYTES)
  return frame
}
