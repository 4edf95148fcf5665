import { AboxError } from '#core/errors'
import { JsonReader, seek } from '#lib/json'
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
  const good = protocol === 'raw' ? status >= 200 && status < 300 : status === 200
  if (!good) {
    const text = `HTTP status ${status}${meaningOf(status)}: ${modelText(contentType, body)}`
    throw new AboxError(modelProtocolErrors.ABOX_MODEL_STATUS, text)
  }
  if (isHtml(contentType) || !beginsAsJson(body)) {
    const found = `HTTP status ${status}, content type "${contentType.slice(0, 100)}": ${modelText(contentType, body)}`
    throw new AboxError(modelProtocolErrors.ABOX_MODEL_NOT_JSON, found)
  }
  const failed =
    (protocol === 'tensorflow' && body.includes(ERROR_KEY) && hasError(body)) ||
    (protocol === 'seldon' && body.includes(STATUS_KEY) && hasFailed(body))
  if (!failed) return
  throw new AboxError(modelProtocolErrors.ABOX_MODEL_FAILURE, `HTTP status ${status}: ${modelText(contentType, body)}`)
}

function meaningOf(status: number): string {
  if (status >= 500) return ' (the server failed)'
  return status >= 400 ? ' (the request was refused)' : ''
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

function hasError(body: Buffer): boolean {
  const reader = new JsonReader(body)
  return seek(reader, ERROR) && reader.peek() !== 'null'
}

/** The executor writes `"FAILURE"`, the Python wrapper 1. */
function hasFailed(body: Buffer): boolean {
  const reader = new JsonReader(body)
  if (!seek(reader, STATUS)) return false
  const kind = reader.peek()
  return (kind === 'string' && reader.readString() === 'FAILURE') || (kind === 'number' && reader.readNumber() === 1)
}
