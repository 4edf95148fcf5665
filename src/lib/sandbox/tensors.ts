import { AboxError } from '#core/errors'
import { sandboxErrors } from './errors.ts'
import { TENSOR_IN, TENSOR_OUT } from './number-forms.ts'
import { readsTheSame } from './tensor-numbers.ts'

/** JSON in which marks stand for its tensors. */
export interface WithTensors {
  readonly text: string
  /** In the order of their numbers; one character a byte. Short-lived texts cost much less than short-lived buffers. */
  readonly tensors: readonly string[]
}

/** Less is not worth it. */
const MIN_BYTES = 512
const QUOTE = 0x22
const OPEN = 0x5b
const CLOSE = 0x5d
const BRACE = 0x7b
const BACKSLASH = 0x5c

/**
 * Takes the tensors out of valid JSON: lists at least 512 bytes long, in which are only numbers, words and shorter lists,
 * and that say the same when they were looked into (tensor-numbers.ts).
 * To bring them into an isolate, parse them, print them and bring them out again costs far more than all the rest of a
 * call, and most hooks only hand them on. The call may be made with what is left, and `putTensors` puts them into its
 * result. A hook that looks into one fails with ABOX_HOOK_TENSOR and has to be called with the whole (`wholeText`).
 *
 * ```
 * {"args":[[0.25,…],"a"]}   →   {"args":[@tensor:7,"a"]}   and   [0.25,…]
 * ```
 * `first`: number of the first one. Each call needs numbers that no other call of the sandbox has, since code may keep
 * what it was given; several texts of one call are numbered on. `odd`: whether there may be numbers that JavaScript reads
 * as others; who wrote the text may know, and to look for them costs 6 µs and more for 1000 doubles. Each byte is looked
 * at a few times at most.
 */
export function takeTensors(json: Buffer, first: number, odd = true): WithTensors {
  const tensors: string[] = []
  let text = ''
  let copied = 0
  for (const { start, end, tensor } of listsOf(json, odd)) {
    text += json.toString('utf8', copied, start) + TENSOR_IN + (first + tensors.length)
    tensors.push(tensor)
    copied = end
  }
  return { text: text + json.toString('utf8', copied), tensors }
}

/** What `takeTensors` has made of a text, as it was. */
export function wholeText(text: string, tensors: readonly string[], first: number): string {
  let whole = ''
  let copied = 0
  for (const { from, to, tensor } of placesOf(text, TENSOR_IN, tensors, first)) {
    whole += text.slice(copied, from) + tensor
    copied = to
  }
  return whole + text.slice(copied)
}

/**
 * The result of a call as bytes, with the tensors whose numbers stand in it outside strings. Throws ABOX_HOOK_RESULT, also
 * for the number of a tensor that the call has not: code can get hold of one, and keep it.
 */
export function putTensors(result: string, tensors: readonly string[], first: number): Buffer {
  if (tensors.length === 0 || !result.includes(TENSOR_OUT)) return Buffer.from(result)
  const places = placesOf(result, TENSOR_OUT, tensors, first)
  let size = Buffer.byteLength(result)
  // A hook may write one tensor as often as it likes, for eight bytes each: nothing of that size was checked inside.
  let most = MAX_RESULT_BYTES
  for (const tensor of tensors) most += tensor.length
  for (const { from, to, tensor } of places) size += tensor.length - (to - from)
  if (size > most) {
    const found = `the result has ${size} bytes of JSON with the lists in it, at most ${most} are allowed`
    throw new AboxError(sandboxErrors.ABOX_HOOK_RESULT, found)
  }
  const bytes = Buffer.allocUnsafe(size)
  let copied = 0
  let at = 0
  for (const { from, to, tensor } of places) {
    at += bytes.write(result.slice(copied, from), at, 'utf8')
    at += bytes.write(tensor, at, 'latin1')
    copied = to
  }
  bytes.write(result.slice(copied), at, 'utf8')
  return bytes
}

/** As for results that hold no tensors, to which those are added that came. */
const MAX_RESULT_BYTES = 8 * 1024 * 1024

/** As whole numbers have at most. */
const MAX_DIGITS = 16

interface Place {
  readonly from: number
  readonly to: number
  readonly tensor: string
}

function placesOf(result: string, mark: string, tensors: readonly string[], first: number): Place[] {
  const places: Place[] = []
  let at = 0
  let from = -1
  let quote = -1
  while (at >= 0) {
    // Each is looked for again only when it was passed, so that the whole is read once.
    if (from < at) from = result.indexOf(mark, at)
    if (from < 0) break
    if (quote < at) quote = indexOrEnd(result, '"', at)
    if (quote < from) {
      at = endOfString(result, quote)
      continue
    }
    at = from + mark.length
    const [digits = ''] = /^\d*/.exec(result.slice(at, at + MAX_DIGITS)) ?? []
    at += digits.length
    const tensor = digits === '' ? undefined : tensors[Number(digits) - first]
    if (tensor === undefined) {
      const found = `the result has ${mark}${digits} at ${from}, which stands for a list of another call`
      throw new AboxError(sandboxErrors.ABOX_HOOK_RESULT, found)
    }
    places.push({ from, to: at, tensor })
  }
  return places
}

function indexOrEnd(text: string, part: string, from: number): number {
  const found = text.indexOf(part, from)
  return found < 0 ? text.length : found
}

/** Behind the string that opens at `open`; -1 when it does not close. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let escapes = 0
    while (text.charCodeAt(close - escapes - 1) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return close + 1
  }
  return -1
}

interface Span {
  readonly start: number
  readonly end: number
  readonly tensor: string
}

/** Looks at each part without a string and without the beginning of an object. */
function listsOf(json: Buffer, odd: boolean): Span[] {
  const spans: Span[] = []
  let at = 0
  let quote = -1
  let brace = -1
  while (at >= 0 && json.length - at >= MIN_BYTES) {
    if (quote < at) quote = next(json, QUOTE, at)
    if (brace < at) brace = next(json, BRACE, at)
    const stop = Math.min(quote, brace)
    if (stop - at >= MIN_BYTES) addLists(json, at, stop, odd, spans)
    at = stop === brace ? stop + 1 : endOfBytes(json, stop)
  }
  return spans
}

/** The long lists of one part, without those that hold others: hooks step through a batch to its rows. */
function addLists(json: Buffer, from: number, to: number, odd: boolean, spans: Span[]): void {
  const open: number[] = []
  let last = -1
  let nextOpen = next(json, OPEN, from)
  let nextClose = next(json, CLOSE, from)
  while (nextClose < to) {
    if (nextOpen < nextClose) {
      open.push(nextOpen)
      nextOpen = next(json, OPEN, nextOpen + 1)
      continue
    }
    const end = nextClose + 1
    nextClose = next(json, CLOSE, end)
    // What closes here and did not begin here has strings or objects in it.
    const start = open.pop()
    if (start === undefined || end - start < MIN_BYTES || last > start) continue
    last = start
    const tensor = json.toString('latin1', start, end)
    if (!odd || readsTheSame(tensor)) spans.push({ start, end, tensor })
  }
}

function next(json: Buffer, byte: number, from: number): number {
  const found = json.indexOf(byte, from)
  return found < 0 ? json.length : found
}

function endOfBytes(json: Buffer, open: number): number {
  for (let close = json.indexOf(QUOTE, open + 1); close >= 0; close = json.indexOf(QUOTE, close + 1)) {
    let escapes = 0
    while (json[close - escapes - 1] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return close + 1
  }
  return -1
}
