import { AboxError } from '#core/errors'
import { classFileErrors } from './errors.ts'

/** A type as class files write it. Class names have dots, nested ones a `$`. */
export type SignatureType =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'class'; readonly name: string; readonly args: readonly SignatureArgument[] }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'array'; readonly component: SignatureType }

/** `type` is what bounds a wildcard, and absent for a bare `?`. */
export interface SignatureArgument {
  readonly wildcard: 'none' | 'extends' | 'super' | 'any'
  readonly type?: SignatureType
}

export interface TypeParameter {
  readonly name: string
  /** The first is what the parameter is erased to; none means java.lang.Object. */
  readonly bounds: readonly SignatureType[]
}

export interface ClassSignature {
  readonly parameters: readonly TypeParameter[]
  readonly superclass: SignatureType
  readonly interfaces: readonly SignatureType[]
}

export interface MethodSignature {
  readonly typeParameters: readonly TypeParameter[]
  readonly parameters: readonly SignatureType[]
  readonly returns: SignatureType
  readonly exceptions: readonly SignatureType[]
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  V: 'void',
  Z: 'boolean',
  B: 'byte',
  C: 'char',
  D: 'double',
  F: 'float',
  I: 'int',
  J: 'long',
  S: 'short'
}
/** Everything but what no identifier may contain (JVMS §4.7.9.1), and but control characters, which no compiler writes. */
const PART = '[^.;[/<>:\\u0000-\\u0020\\u007f-\\u00a0]+'
const IDENTIFIER = new RegExp(PART, 'y')
const CLASS_NAME = new RegExp(`${PART}(?:/${PART})*`, 'y')
const MAX_DEPTH = 32
const MAX_DIMENSIONS = 255

/** The signature of a class. Throws ABOX_CLASS_SIGNATURE; `where` begins the message. */
export function parseClassSignature(text: string, where: string): ClassSignature {
  const parser = new Parser(text, where)
  const parameters = parser.typeParameters()
  const superclass = parser.classType(0)
  const interfaces: SignatureType[] = []
  while (!parser.atEnd()) interfaces.push(parser.classType(0))
  return { parameters, superclass, interfaces }
}

/** The signature or the descriptor of a method. */
export function parseMethodSignature(text: string, where: string): MethodSignature {
  const parser = new Parser(text, where)
  const typeParameters = parser.typeParameters()
  parser.expect('(')
  const parameters: SignatureType[] = []
  while (!parser.at(')')) parameters.push(parser.type(0))
  parser.expect(')')
  const returns = parser.type(0, true)
  const exceptions: SignatureType[] = []
  while (parser.at('^')) {
    parser.expect('^')
    exceptions.push(parser.type(0))
  }
  parser.assertEnd()
  return { typeParameters, parameters, returns, exceptions }
}

/** The signature or the descriptor of a field. */
export function parseFieldSignature(text: string, where: string): SignatureType {
  const parser = new Parser(text, where)
  const type = parser.type(0)
  parser.assertEnd()
  return type
}

/**
 * JVMS §4.7.9.1, of which descriptors (§4.3) are a part:
 *
 * ```
 * class     = [ params ] classtype *classtype                superclass, then interfaces
 * method    = [ params ] "(" *type ")" ( type | "V" ) *( "^" ( classtype | variable ) )
 * field     = type
 * params    = "<" 1*( identifier ":" [ reference ] *( ":" reference ) ) ">"
 * type      = "B" | "C" | "D" | "F" | "I" | "J" | "S" | "Z" | reference
 * reference = classtype | variable | "[" type
 * variable  = "T" identifier ";"
 * classtype = "L" identifier *( "/" identifier ) [ args ] *( "." identifier [ args ] ) ";"
 * args      = "<" 1*( "*" | [ "+" | "-" ] reference ) ">"
 * ```
 * The arguments of an outer class (`Lp/Outer<TT;>.Inner;`) are read and dropped: fields of the inner one that use them
 * are variables that nothing binds.
 */
class Parser {
  readonly #text: string
  readonly #where: string
  #pos = 0

  constructor(text: string, where: string) {
    this.#text = text
    this.#where = where
  }

  at(char: string): boolean {
    return this.#text[this.#pos] === char
  }

  atEnd(): boolean {
    return this.#pos === this.#text.length
  }

  assertEnd(): void {
    if (!this.atEnd()) this.#fail('the end')
  }

  expect(char: string): void {
    if (!this.at(char)) this.#fail(`"${char}"`)
    this.#pos++
  }

  typeParameters(): TypeParameter[] {
    const parameters: TypeParameter[] = []
    if (!this.at('<')) return parameters
    this.#pos++
    do {
      const name = this.#match(IDENTIFIER, 'the name of a type parameter')
      const bounds: SignatureType[] = []
      this.expect(':')
      if (!this.at(':') && !this.at('>') && this.#atReference()) bounds.push(this.type(0))
      while (this.at(':')) {
        this.#pos++
        bounds.push(this.type(0))
      }
      parameters.push({ name, bounds })
    } while (!this.at('>'))
    this.#pos++
    return parameters
  }

  type(depth: number, orVoid = false): SignatureType {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`)
    const char = this.#text[this.#pos] ?? ''
    if (char === 'L') return this.classType(depth)
    if (char === 'T') {
      this.#pos++
      const name = this.#match(IDENTIFIER, 'the name of a type variable')
      this.expect(';')
      return { kind: 'variable', name }
    }
    if (char === '[') return this.#array(depth)
    const name = Object.hasOwn(PRIMITIVES, char) ? PRIMITIVES[char] : undefined
    if (name === undefined || (name === 'void' && !orVoid)) this.#fail('a type')
    this.#pos++
    return { kind: 'primitive', name }
  }

  classType(depth: number): SignatureType {
    this.expect('L')
    let name = this.#match(CLASS_NAME, 'a class name').replaceAll('/', '.')
    let args = this.#arguments(depth)
    while (this.at('.')) {
      this.#pos++
      name += `$${this.#match(IDENTIFIER, 'the name of a nested class')}`
      args = this.#arguments(depth)
    }
    this.expect(';')
    return { kind: 'class', name, args }
  }

  #array(depth: number): SignatureType {
    const start = this.#pos
    while (this.at('[')) this.#pos++
    const dimensions = this.#pos - start
    if (dimensions > MAX_DIMENSIONS) this.#fail(`at most ${MAX_DIMENSIONS} dimensions`)
    let type = this.type(depth + 1)
    for (let i = 0; i < dimensions; i++) type = { kind: 'array', component: type }
    return type
  }

  #arguments(depth: number): SignatureArgument[] {
    const args: SignatureArgument[] = []
    if (!this.at('<')) return args
    this.#pos++
    do args.push(this.#argument(depth + 1))
    while (!this.at('>'))
    this.#pos++
    return args
  }

  #argument(depth: number): SignatureArgument {
    if (this.at('*')) {
      this.#pos++
      return { wildcard: 'any' }
    }
    const wildcard = this.at('+') ? 'extends' : this.at('-') ? 'super' : 'none'
    if (wildcard !== 'none') this.#pos++
    if (!this.#atReference()) this.#fail('a class, a type variable or an array')
    return { wildcard, type: this.type(depth) }
  }

  #atReference(): boolean {
    return this.at('L') || this.at('T') || this.at('[')
  }

  #match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#pos
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) this.#fail(expected)
    this.#pos += found.length
    return found
  }

  #fail(expected: string): never {
    const char = this.#text[this.#pos]
    const found = char === undefined ? 'the end' : JSON.stringify(char)
    const text = this.#text.length > 200 ? `${this.#text.slice(0, 200)}…` : this.#text
    throw new AboxError(
      classFileErrors.ABOX_CLASS_SIGNATURE,
      `${this.#where}: ${JSON.stringify(text)} at character ${this.#pos}: found ${found}, expected ${expected}`,
      { offset: this.#pos }
    )
  }
}
