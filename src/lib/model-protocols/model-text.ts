import { formatPath } from '#lib/json'

const MAX_CHARS = 500
/** More of a failed answer is not looked at. */
const MAX_BYTES = 16 * 1024
const MOST_DETAILS = 5

/**
 * What a failed answer says, in the model's own words: one line, at most 500 characters, no control characters.
 *
 * ```
 * {"error": text}                                   TF-Serving, KServe, MLServer
 * {"status": {"info": text, "reason": word}}        Seldon wrapper and executor (as text/plain, too)
 * {"detail": text | [{"loc": […], "msg": text}]}    FastAPI: MLServer and KServe, status 404, 405, 422
 * html                                              nginx and other ingresses: the title
 * ```
 * Anything else is shown as it is.
 */
export function modelText(contentType: string, body: Buffer): string {
  const text = body.toString('utf8', 0, MAX_BYTES)
  const found = isHtml(contentType) ? titleOf(text) : (wordsOf(text) ?? text)
  return clean(found) || 'no text'
}

export function isHtml(contentType: string): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(contentType)
}

/** One line that is safe in a log and in a Java exception. */
function clean(text: string): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go.
    .replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…`.toWellFormed() : line
}

function titleOf(page: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(page)?.[1]
  return `HTML page: ${title ?? page.replaceAll(/<[^<>]*>/g, ' ')}`
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** Undefined when the body is no JSON object of a known shape. Objects are made here because the call has failed anyway. */
function wordsOf(text: string): string | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(answer)) return undefined
  const { error, status, detail, message } = answer
  return wordOf(error) ?? statusOf(status) ?? detailOf(detail) ?? wordOf(message)
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return isObject(value) && typeof value['message'] === 'string' ? value['message'] : undefined
}

function statusOf(status: unknown): string | undefined {
  if (!isObject(status) || typeof status['info'] !== 'string') return undefined
  return typeof status['reason'] === 'string' ? `${status['info']} (${status['reason']})` : status['info']
}

function detailOf(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) return wordOf(detail)
  const lines = detail.slice(0, MOST_DETAILS).filter(isObject).map(detailLine)
  return lines.length === 0 ? undefined : lines.join('; ')
}

/** `inputs[0].datatype: Input should be …` */
function detailLine({ loc, msg }: Members): string {
  const steps = Array.isArray(loc) ? loc.filter((step) => typeof step === 'string' || typeof step === 'number') : []
  return `${formatPath(steps)}: ${typeof msg === 'string' ? msg : 'no message'}`
}
