import { AboxError } from '#core/errors'
import { type JsonPath, JsonReader, type LargeOutline, seek, seekLarge } from '#lib/json'
import { modelProtocolErrors } from './errors.ts'
import { isHtml, modelText } from './model-text.ts'
import type { ModelProtocol } from './protocol.ts'

const ERROR = ['error']
const STATUS = ['status', 'status']

/** Bytes, because a text to search for is encoded each time. */
const ERROR_KEY = Buffer.from('"error"')
const STATUS_KEY = Buffer.from('"status"')

/**
 * Passes an answer that can hold a result. The message of every error ends with the model's own text.
 * - ABOX_MODEL_STATUS: the status is not 200 (`raw`: not 2xx).
 * - ABOX_MODEL_NOT_JSON: HTML, nothing, or text that does not begin as JSON, whatever its content type says.
 * - ABOX_MODEL_FAILURE: `tensorflow` with `error` in the body; `seldon` with `status.status` FAILURE or 1.
 *
 * Of an object or array only as much is read as these rules need.
 */
export function checkReply(protocol: ModelProtocol, status: number, contentType: string, body: Buffer): void {
  checkHead(protocol, status, contentType, body)
  if (!beginsAsJson(body)) throw notJson(status, contentType, body)
  const place = failurePlace(protocol, body)
  if (place === undefined) return
  const reader = new JsonReader(body)
  if (seek(reader, place) && saysFailure(protocol, reader)) throw failure(status, contentType, body)
}

/**
 * Does what `checkReply` does with an answer that is long, and checks all of it, in slices of about `sliceBytes`; its outline
 * is complete then. Throws ABOX_JSON_SYNTAX and ABOX_JSON_TOO_DEEP, too, and before what the answer says is looked at.
 */
export function* checkLargeReply(
  protocol: ModelProtocol,
  status: number,
  contentType: string,
  outline: LargeOutline,
  sliceBytes: number
): Generator<undefined, void> {
  const body = outline.bytes
  checkHead(protocol, status, contentType, body)
  try {
    while (!outline.walk(sliceBytes)) yield
  } catch (error) {
    throw error instanceof AboxError && !isContainer(body) ? notJson(status, contentType, body) : error
  }
  const place = failurePlace(protocol, body)
  if (place === undefined) return
  const reader = yield* seekLarge(outline, place, sliceBytes)
  if (reader !== undefined && saysFailure(protocol, reader)) throw failure(status, contentType, body)
}

function checkHead(protocol: ModelProtocol, status: number, contentType: string, body: Buffer): void {
  const good = protocol === 'raw' ? status >= 200 && status < 300 : status === 200
  if (!good) {
    const text = `HTTP status ${status}${meaningOf(status)}: ${modelText(contentType, body)}`
    throw new AboxError(modelProtocolErrors.ABOX_MODEL_STATUS, text)
  }
  if (isHtml(contentType)) throw notJson(status, contentType, body)
}

function notJson(status: number, contentType: string, body: Buffer): AboxError {
  const found = `HTTP status ${status}, content type "${contentType.slice(0, 100)}": ${modelText(contentType, body)}`
  return new AboxError(modelProtocolErrors.ABOX_MODEL_NOT_JSON, found)
}

function failure(status: number, contentType: string, body: Buffer): AboxError {
  const text = `HTTP status ${status}: ${modelText(contentType, body)}`
  return new AboxError(modelProtocolErrors.ABOX_MODEL_FAILURE, text)
}

function meaningOf(status: number): string {
  if (status >= 500) return ' (the server failed)'
  return status >= 400 ? ' (the request was refused)' : ''
}

function isContainer(body: Buffer): boolean {
  try {
    const kind = new JsonReader(body).peek()
    return kind === 'object' || kind === 'array'
  } catch {
    return false
  }
}

/** A single word or number is short and read whole: prose begins with the letters of JSON's words, too. */
function beginsAsJson(body: Buffer): boolean {
  const reader = new JsonReader(body)
  try {
    const kind = reader.peek()
    if (kind === 'object' || kind === 'array') return true
    reader.skip()
    reader.assertEnd()
    return true
  } catch (error) {
    if (error instanceof AboxError) return false
    throw error
  }
}

/** Where an answer of this protocol says that it has failed; undefined when it does not have the key for it. */
function failurePlace(protocol: ModelProtocol, body: Buffer): JsonPath | undefined {
  if (protocol === 'tensorflow' && body.includes(ERROR_KEY)) return ERROR
  return protocol === 'seldon' && body.includes(STATUS_KEY) ? STATUS : undefined
}

/** Whether what stands there says so. Seldon's executor writes `"FAILURE"`, the Python wrapper 1. */
function saysFailure(protocol: ModelProtocol, reader: JsonReader): boolean {
  const kind = reader.peek()
  if (protocol === 'tensorflow') return kind !== 'null'
  return (kind === 'string' && reader.readString() === 'FAILURE') || (kind === 'number' && reader.readNumber() === 1)
}
