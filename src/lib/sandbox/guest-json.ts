import type { GuestTensors } from './guest-tensors.ts'
import type { Unbound } from './guest-unbound.ts'

/** What of JSON the isolate has beyond the TypeScript library: the text of numbers on reading, exact text on writing. */
interface SourceTextJson {
  parse(text: string, reviver?: (key: string, value: unknown, context: { source: string }) => unknown): unknown
  stringify(value: unknown, replacer?: (key: string, value: unknown) => unknown): string | undefined
  rawJSON(text: string): unknown
}

export interface GuestJson {
  /** Whether long integers arrive as BigInt instead of string. */
  bigint: boolean
  /** Throws SyntaxError; `forms` as in number-forms.ts. */
  read(text: string, forms: number): unknown
  /** JSON with NaN and infinities as bare words; undefined for what has no JSON at all, such as a function. */
  write(value: unknown): string | undefined
}

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Exact numbers both ways. Keeps the built-ins it needs, so that it works whatever the user's module does to them.
 */
export function makeJson(unbound: Unbound, tensors: GuestTensors, markIn: string, markOut: string): GuestJson {
  const { parse, stringify, rawJSON } = JSON as unknown as SourceTextJson
  const indexOf = unbound(String.prototype.indexOf)
  const slice = unbound(String.prototype.slice)
  const charCodeAt = unbound(String.prototype.charCodeAt)
  const bigintText = unbound(BigInt.prototype.toString)
  const { keys } = Object
  const { isArray } = Array
  const big = BigInt
  const not = Number.NaN

  const UNSAFE = 2 ** 53
  const MAX_DIGITS = 1000
  const ESCAPED_NUL = '\\u0000'
  // Numbers that nobody writes stand for what JSON has no numbers for. 1e999 is read as Infinity by itself.
  const NAN = '-0e999'
  const rawNaN = rawJSON(NAN)
  const rawInfinity = rawJSON('1e999')
  const rawMinusInfinity = rawJSON('-1e999')

  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value: function toJSON(this: bigint) {
      return rawJSON(bigintText(this))
    }
  })

  const json: GuestJson = { bigint: false, read, write }
  return json

  function read(text: string, forms: number): unknown {
    if (forms === 0) return parse(text)
    if (forms === 4 && indexOf(text, ESCAPED_NUL) < 0) {
      const tree = withMarks(text)
      if (tree !== undefined) return tree
    }
    return (forms & 6) === 0 ? parse(text, exact) : parse(outsideStrings(text, toNumbers), meant)
  }

  /** Zeros that nobody writes; those that were written after all are now written in another way. */
  function meant(key: string, value: unknown, context: { source: string }): unknown {
    if (value !== 0) return exact(key, value, context)
    const { source } = context
    if (source === NAN) return not
    return indexOf(source, markOut) === 0 ? tensors.give(slice(source, markOut.length)) : value
  }

  function exact(_key: string, value: unknown, context: { source: string }): unknown {
    if (typeof value !== 'number') return value
    if (value > -UNSAFE && value < UNSAFE) return value
    const { source } = context
    if (indexOf(source, '.') >= 0 || indexOf(source, 'e') >= 0 || indexOf(source, 'E') >= 0) return value
    // Parsing a million digits takes long and cannot be stopped; nobody counts with them.
    return json.bigint && source.length <= MAX_DIGITS ? big(source) : source
  }

  /**
   * The quick way for tensors alone: asking a reviver about every value costs more than all the rest. The marks become
   * texts that no other text can be, since it would need an escape which is not there, and these are then looked for.
   * Undefined where a string holds a mark: it ends there and a backslash follows, which is no JSON.
   */
  function withMarks(text: string): unknown {
    let marked = ''
    let at = 0
    let count = 0
    for (let found = indexOf(text, markIn); found >= 0; found = indexOf(text, markIn, at)) {
      const digits = found + markIn.length
      let end = digits
      while (charCodeAt(text, end) >= 48 && charCodeAt(text, end) <= 57) end++
      marked += slice(text, at, found)
      if (end === digits) marked += markIn
      else {
        marked += `"${ESCAPED_NUL}${slice(text, digits, end)}"`
        count++
      }
      at = end
    }
    let tree: { value: unknown }
    try {
      tree = parse(`{"value":${marked}${slice(text, at)}}`) as { value: unknown }
    } catch {
      return undefined
    }
    place(tree as unknown as Record<PropertyKey, unknown>, count)
    return tree.value
  }

  /** Puts tensors where their marks are; `left` of them are to be found. Gives how many were not. */
  function place(holder: Record<PropertyKey, unknown>, left: number): number {
    let still = left
    if (isArray(holder)) {
      for (let i = 0; i < holder.length && still > 0; i++) still -= placeAt(holder, i, still)
      return still
    }
    const names = keys(holder)
    for (let i = 0; i < names.length && still > 0; i++) still -= placeAt(holder, names[i] as string, still)
    return still
  }

  function placeAt(holder: Record<PropertyKey, unknown>, name: PropertyKey, left: number): number {
    const value = holder[name]
    if (typeof value === 'object' && value !== null) return left - place(value as Record<PropertyKey, unknown>, left)
    if (typeof value !== 'string' || value.length === 0 || charCodeAt(value, 0) !== 0) return 0
    holder[name] = tensors.give(slice(value, 1))
    return 1
  }

  function write(value: unknown): string | undefined {
    tensors.writing = true
    try {
      return written(value)
    } finally {
      tensors.writing = false
    }
  }

  function written(value: unknown): string | undefined {
    const text = counted(value)
    // JSON.stringify writes null for a number that is not finite. Only then is it worth a second, slower look.
    if (text === undefined || value === null || indexOf(text, 'null') < 0) return text
    let met = false
    const marked = counted(value, (_key, item) => {
      if (typeof item !== 'number' || (item > -Infinity && item < Infinity)) return item
      met = true
      if (item === Infinity) return rawInfinity
      return item === -Infinity ? rawMinusInfinity : rawNaN
    })
    return met && marked !== undefined ? outsideStrings(marked, numbersToWords) : text
  }

  /**
   * A getter or a toJSON may take the number of a tensor by calling its toJSON, and put it into a text: whoever has asked
   * for more of them than stand in the result has looked.
   */
  function counted(value: unknown, replacer?: (key: string, item: unknown) => unknown): string | undefined {
    tensors.written = 0
    const text = stringify(value, replacer)
    if (tensors.written > 0 && tensors.misuse === '' && tensors.written > marksIn(text ?? '')) tensors.misuse = 'L'
    return text
  }

  /** Numbers of tensors outside strings. */
  function marksIn(text: string): number {
    let count = 0
    let at = 0
    let found = -1
    for (;;) {
      // Looked for again only when it was passed, so that the whole is read once.
      if (found < at) found = indexOf(text, markOut, at)
      if (found < 0) return count
      const open = indexOf(text, '"', at)
      if (open < 0 || open > found) {
        count++
        at = found + 1
        continue
      }
      const close = endOfString(text, open)
      if (close < 0) return count
      at = close + 1
    }
  }

  // The blanks keep neighbours apart: 1Infinity is an error and must not become 11e999.
  function toNumbers(text: string): string {
    const others = swap(swap(text, NAN, '-0e0999'), markOut, '-0e0888')
    const words = swap(swap(swap(others, '-Infinity', ' -1e999 '), 'Infinity', ' 1e999 '), 'NaN', ` ${NAN} `)
    return swap(words, markIn, markOut)
  }

  function numbersToWords(text: string): string {
    return swap(swap(text, NAN, 'NaN'), '1e999', 'Infinity')
  }

  function outsideStrings(text: string, change: (part: string) => string): string {
    let out = ''
    let at = 0
    for (;;) {
      const open = indexOf(text, '"', at)
      const close = open < 0 ? -1 : endOfString(text, open)
      if (close < 0) return out + change(slice(text, at))
      out += change(slice(text, at, open)) + slice(text, open, close + 1)
      at = close + 1
    }
  }

  function endOfString(text: string, open: number): number {
    let close = open
    for (;;) {
      close = indexOf(text, '"', close + 1)
      let escapes = 0
      while (close >= 0 && charCodeAt(text, close - escapes - 1) === 92) escapes++
      if (close < 0 || escapes % 2 === 0) return close
    }
  }

  function swap(text: string, from: string, to: string): string {
    let out = ''
    let at = 0
    for (;;) {
      const found = indexOf(text, from, at)
      if (found < 0) return at === 0 ? text : out + slice(text, at)
      out += slice(text, at, found) + to
      at = found + from.length
    }
  }
}
