import { AboxError } from '#core/errors'
import { javaTypeErrors } from './errors.ts'

/**
 * A type as it is written. Wildcards are already replaced by what bounds them.
 *
 * ```
 * type = name [ "<" arg *( "," arg ) ">" ] *( "[" "]" )        white space may stand between all of these
 * name = identifier *( "." identifier )                        letters, digits, _ and $, as Java has them
 * arg  = type | "?" [ ( "extends" | "super" ) type ]
 * ```
 */
export interface TypeText {
  readonly name: string
  readonly args: readonly TypeText[]
  /** How many times `[]` follows. */
  readonly dimensions: number
}

const TOKEN = /\s*(?:([\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*)|\[\s*\]|[<>,?])\s*/uy
const MAX_LENGTH = 2048
const MAX_DEPTH = 32
const MAX_DIMENSIONS = 16
const OBJECT: TypeText = { name: 'java.lang.Object', args: [], dimensions: 0 }

/** Reads the text of a type. `where` begins the message: `types.com.example.A.items`. ABOX_TYPE_SYNTAX. */
export function parseType(text: string, where: string): TypeText {
  if (text.length > MAX_LENGTH) {
    throw typeSyntax(where, text.slice(0, 60), `it has ${text.length} characters, at most ${MAX_LENGTH} are allowed`)
  }
  const parser = new Parser(text, where)
  const type = parser.type(0)
  if (!parser.at('')) parser.fail('the end')
  return type
}

/** How Java source writes it, without white space. */
export function formatType(type: TypeText): string {
  const args = type.args.length === 0 ? '' : `<${type.args.map(formatType).join(',')}>`
  return `${type.name}${args}${'[]'.repeat(type.dimensions)}`
}

/** `where` as the beginning of a message; '' when there is nothing to say. */
export function prefix(where: string): string {
  return where === '' ? '' : `${where}: `
}

export function typeSyntax(where: string, text: string, what: string): AboxError {
  return new AboxError(javaTypeErrors.ABOX_TYPE_SYNTAX, `${prefix(where)}type "${text}": ${what}`)
}

class Parser {
  /** The token that is next: a name, `[]`, `<`, `>`, `,`, `?`, or '' at the end. */
  token = ''
  #isName = false
  #start = 0
  readonly #text: string
  readonly #where: string
  readonly #scanner = new RegExp(TOKEN)

  constructor(text: string, where: string) {
    this.#text = text
    this.#where = where
    this.#advance()
  }

  at(token: string): boolean {
    return this.token === token
  }

  type(depth: number): TypeText {
    if (depth > MAX_DEPTH) throw typeSyntax(this.#where, this.#text, `it nests deeper than ${MAX_DEPTH} levels`)
    if (!this.#isName) this.fail('a class name')
    const name = this.token
    this.#advance()
    const args: TypeText[] = []
    if (this.at('<')) {
      do {
        this.#advance()
        args.push(this.#argument(depth + 1))
      } while (this.at(','))
      this.#expect('>', '"," or ">"')
    }
    let dimensions = 0
    for (; this.at('[]'); dimensions++) this.#advance()
    if (dimensions > MAX_DIMENSIONS) this.fail(`at most ${MAX_DIMENSIONS} dimensions`)
    return { name, args, dimensions }
  }

  fail(expected: string): never {
    const found = this.token === '' ? 'the end' : `"${this.token}"`
    throw typeSyntax(this.#where, this.#text, `at character ${this.#start}: found ${found}, expected ${expected}`)
  }

  #argument(depth: number): TypeText {
    if (!this.at('?')) return this.type(depth)
    this.#advance()
    if (!this.at('extends') && !this.at('super')) return OBJECT
    this.#advance()
    return this.type(depth)
  }

  #expect(token: string, expected: string): void {
    if (!this.at(token)) this.fail(expected)
    this.#advance()
  }

  #advance(): void {
    const scanner = this.#scanner
    this.#start = scanner.lastIndex
    if (this.#start === this.#text.length) {
      this.token = ''
      this.#isName = false
      return
    }
    const match = scanner.exec(this.#text)
    if (match === null) {
      throw typeSyntax(this.#where, this.#text, `at character ${this.#start}: expected a class name, <, >, [] or ","`)
    }
    this.#isName = match[1] !== undefined
    this.token = match[1] ?? match[0].replace(/\s+/g, '')
  }
}
