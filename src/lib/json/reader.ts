import { AboxError } from '#core/errors'
import { jsonErrors } from './errors.ts'
import { JsonScanner } from './scanner.ts'

/** What stands at the reader's position. `end` means that only white space is left. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null' | 'end'

const DEFAULT_MAX_DEPTH = 256
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a

/**
 * Pull reader over UTF-8 bytes: values are read where they stand, nothing is built.
 *
 * ```
 * value  = object | array | string | number | "true" | "false" | "null"          (RFC 8259, strict)
 * number = RFC 8259's | "NaN" | "Infinity" | "-Infinity"                          (TF-Serving and Seldon write them)
 * ```
 * Strings must be valid UTF-8. Use: `if (r.enterArray()) do { … } while (r.nextElement())` and
 * `if (r.enterObject()) do { const key = r.readKey(); … } while (r.nextKey())`, where `…` consumes one value.
 *
 * Every method throws ABOX_JSON_SYNTAX with the byte offset (counted from the start of `bytes`), what was found and
 * what was expected; `enterObject` and `enterArray` also ABOX_JSON_TOO_DEEP. After an error the position is undefined.
 */
export class JsonReader extends JsonScanner {
  readonly #maxDepth: number
  #depth = 0

  constructor(bytes: Buffer, start = 0, end: number = bytes.length, maxDepth: number = DEFAULT_MAX_DEPTH) {
    super(bytes, start, end)
    this.#maxDepth = maxDepth
  }

  /** Skips white space and tells what stands there by its first byte. */
  peek(): JsonKind {
    const byte = this.next()
    switch (byte) {
      case 0x7b:
        return 'object'
      case 0x5b:
        return 'array'
      case QUOTE:
        return 'string'
      case 0x74:
        return 'true'
      case 0x66:
        return 'false'
      case 0x6e:
        return 'null'
      case -1:
        return 'end'
      default:
        if ((byte >= 0x30 && byte <= 0x39) || byte === MINUS || byte === 0x4e || byte === 0x49) return 'number'
        throw this.unexpected('a value')
    }
  }

  /** Consumes `{`. False when the object is empty: it is then consumed whole. */
  enterObject(): boolean {
    if (!this.#enter(0x7b, 0x7d, 'an object')) return false
    if (this.bytes[this.pos] !== QUOTE) throw this.unexpected('a key in quotes')
    return true
  }

  /** After a value of an object: true when another key follows, false when the object was closed. */
  nextKey(): boolean {
    if (!this.#another(0x7d, '"," or "}"')) return false
    if (this.next() !== QUOTE) throw this.unexpected('a key in quotes')
    return true
  }

  /** Consumes `[`. False when the array is empty: it is then consumed whole. */
  enterArray(): boolean {
    return this.#enter(0x5b, 0x5d, 'an array')
  }

  /** After an element of an array: true when another follows, false when the array was closed. */
  nextElement(): boolean {
    return this.#another(0x5d, '"," or "]"')
  }

  /** Reads a key and its colon. */
  readKey(): string {
    this.scanKey()
    return this.stringText()
  }

  /** As `readKey`, but only sets `stringStart` and the other facts of a string. */
  scanKey(): void {
    this.scanString()
    this.skipColon()
  }

  /** Consumes the colon behind a key that was read as a string. */
  skipColon(): void {
    if (this.next() !== COLON) throw this.unexpected('":" after a key')
    this.pos++
  }

  /**
   * Consumes a key and its colon when their bytes are just those of `key`, `"name":`. Otherwise consumes nothing and returns
   * false: the name may be written in other ways.
   */
  skipKey(key: Buffer): boolean {
    const { bytes, pos } = this
    const { length } = key
    if (pos + length > this.end) return false
    // Keys begin alike, with the quote.
    for (let i = 1; i < length; i++) if (bytes[pos + i] !== key[i]) return false
    if (bytes[pos] !== QUOTE) return false
    this.pos = pos + length
    return true
  }

  /** Reads a key and its colon; true when it is `name`. */
  keyIs(name: string): boolean {
    this.scanKey()
    return this.stringIs(name)
  }

  /** Reads a string, escapes resolved. */
  readString(): string {
    this.scanString()
    return this.stringText()
  }

  /** Reads a number as the nearest double (`NaN`, `Infinity`, `-Infinity` included). */
  readNumber(): number {
    return this.numberAs(this.scanNumber())
  }

  readBoolean(): boolean {
    const value = this.next() === 0x74
    this.word(value ? 'true' : 'false', 'true or false')
    return value
  }

  readNull(): void {
    this.next()
    this.word('null', 'null')
  }

  /** Consumes one whole value and checks it. */
  skip(): void {
    switch (this.peek()) {
      case 'object':
        if (this.enterObject()) {
          do {
            this.scanKey()
            this.skip()
          } while (this.nextKey())
        }
        return
      case 'array':
        if (this.enterArray()) {
          do this.skip()
          while (this.nextElement())
        }
        return
      case 'string':
        this.scanString()
        return
      case 'number':
        this.scanNumber()
        return
      case 'null':
        this.readNull()
        return
      case 'true':
      case 'false':
        this.readBoolean()
        return
      case 'end':
        throw this.unexpected('a value')
    }
  }

  /** Checks that only white space is left. */
  assertEnd(): void {
    if (this.next() !== -1) throw this.unexpected('the end of the data')
  }

  #enter(open: number, close: number, expected: string): boolean {
    if (this.next() !== open) throw this.unexpected(expected)
    if (this.#depth === this.#maxDepth) {
      throw new AboxError(
        jsonErrors.ABOX_JSON_TOO_DEEP,
        `the value that starts at byte ${this.pos} is nested deeper than the allowed ${this.#maxDepth} levels`,
        { offset: this.pos }
      )
    }
    this.pos++
    if (this.next() === close) {
      this.pos++
      return false
    }
    this.#depth++
    return true
  }

  #another(close: number, expected: string): boolean {
    const byte = this.next()
    if (byte !== COMMA && byte !== close) throw this.unexpected(expected)
    this.pos++
    if (byte === COMMA) return true
    this.#depth--
    return false
  }
}
