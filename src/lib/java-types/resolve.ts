import { AboxError } from '#core/errors'
import type { JavaBean, JavaMap, JavaType } from '#lib/hessian2'
import { javaTypeErrors } from './errors.ts'
import { JAVA_ENUMS } from './java-enums.ts'
import {
  ATOMICS,
  ELEMENT_NAMES,
  ENUM_SET,
  FUTURES,
  LIST_CLASSES,
  MAP_CLASSES,
  PRIMITIVES,
  PROPERTIES,
  REFUSED,
  SCALARS,
  SQL_DATES,
  TEXTUALS
} from './known.ts'
import { formatType, parseType, prefix, type TypeText, typeSyntax } from './parse.ts'

/**
 * `types` of a Service document: Java classes by name. `fields` are all fields of the class, those of its superclasses
 * among them: inheritance is not described, because one class definition carries them all on the wire. Exceptions too. A field type that is a bare upper-case identifier (`T`, `K1`) is a
 * type parameter of the class; several of them are matched to the arguments in the order in which they first occur.
 */
export interface TypeDefinitions {
  readonly [className: string]: {
    readonly fields?: Readonly<Record<string, string>> | undefined
    readonly enum?: readonly string[] | undefined
    readonly exception?: boolean | undefined
  }
}

/** Java types by their text, over one set of described classes. */
export interface JavaTypes {
  /** The type that Java source writes so. Cached: the same text gives the same object. ABOX_TYPE_… names the text. */
  resolve(text: string): JavaType
  /** Whether it is an enum; undefined when the class is not described. */
  isEnum(className: string): boolean | undefined
  /** Whether the class is described. */
  has(className: string): boolean
}

/** Checks every field of every class. ABOX_TYPE_SYNTAX, ABOX_TYPE_UNKNOWN, ABOX_TYPE_TOO_MANY name class, field and text. */
export function createTypes(definitions: TypeDefinitions): JavaTypes {
  return new Resolver(definitions)
}

type Definition = TypeDefinitions[string]
/** Types that stand for type parameters of the class whose fields are being resolved. */
type Bindings = ReadonlyMap<string, TypeText>

const PARAMETER = /^[A-Z][A-Z0-9]?$/
const MAX_TYPES = 16_384
const MAX_TEXT = 2048

class Resolver implements JavaTypes {
  readonly #definitions: ReadonlyMap<string, Definition>
  /** By the text as it was given. */
  readonly #byGiven = new Map<string, JavaType>()
  /** By the canonical text. */
  readonly #byText = new Map<string, JavaType>()
  /** Beans whose fields are still to be resolved: a list and no recursion, because classes may refer to each other in any depth. */
  #open: { fields: Map<string, JavaType>; name: string; definition: Definition; bindings: Bindings }[] = []

  /** What the current `resolve` has added to `#byText`. */
  #begun: string[] = []

  constructor(definitions: TypeDefinitions) {
    this.#definitions = new Map<string, Definition>([...Object.entries(JAVA_ENUMS), ...Object.entries(definitions)])
    for (const [name, definition] of this.#definitions) {
      if (definition.enum !== undefined && definition.fields !== undefined) {
        throw typeSyntax('types', name, 'it has both enum constants and fields')
      }
      this.resolve(name)
    }
  }

  // Both are fields, because they are handed on alone.
  readonly isEnum = (className: string): boolean | undefined => {
    const definition = this.#definitions.get(className)
    return definition && definition.enum !== undefined
  }

  readonly has = (className: string): boolean => this.#definitions.has(className)

  resolve(text: string): JavaType {
    const known = this.#byGiven.get(text)
    if (known !== undefined) return known
    this.#begun = []
    try {
      const type = this.#type(parseType(text, ''), '')
      this.#closeBeans()
      if (this.#byGiven.size < MAX_TYPES) this.#byGiven.set(text, type)
      return type
    } catch (error) {
      // What was begun in vain must not be found half-made by a later call.
      this.#open = []
      for (const key of this.#begun) this.#byText.delete(key)
      throw error
    }
  }

  #closeBeans(): void {
    for (let bean = this.#open.pop(); bean !== undefined; bean = this.#open.pop()) {
      for (const [field, text] of Object.entries(bean.definition.fields ?? {})) {
        const where = `types.${bean.name}.${field}`
        const type = this.#type(bind(parseType(text, where), bean.bindings, this.has), where)
        if (type.kind === 'void') throw typeSyntax(where, text, 'a field cannot be void')
        bean.fields.set(field, type)
      }
    }
  }

  #type(type: TypeText, where: string): JavaType {
    const text = formatType(type)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    if (text.length > MAX_TEXT || this.#byText.size >= MAX_TYPES) {
      throw new AboxError(
        javaTypeErrors.ABOX_TYPE_TOO_MANY,
        `${prefix(where)}the classes under \`types\` lead to more than ${MAX_TYPES} types, or to ones longer than ${MAX_TEXT} characters: "${text.slice(0, 80)}"`
      )
    }
    const made = type.dimensions > 0 ? this.#array(type, text, where) : this.#named(type, text, where)
    this.#byText.set(text, made)
    this.#begun.push(text)
    return made
  }

  #array(type: TypeText, text: string, where: string): JavaType {
    const { name, args } = type
    if (type.dimensions === 1 && name === 'byte') return { kind: 'bytes', text }
    if (type.dimensions === 1 && name === 'char') return { kind: 'string', text }
    const component = this.#type({ name, args, dimensions: type.dimensions - 1 }, where)
    if (component.kind === 'void') throw typeSyntax(where, text, 'there are no arrays of void')
    return { kind: 'array', text, component, wireName: '['.repeat(type.dimensions) + (ELEMENT_NAMES.get(name) ?? name) }
  }

  #named(type: TypeText, text: string, where: string): JavaType {
    const { name, args } = type
    if (FUTURES.has(name)) return this.#argument(type, 0, 1, where)
    const list = LIST_CLASSES.get(name)
    if (list !== undefined) {
      const element = this.#argument(type, 0, 1, where)
      return { kind: 'list', text, element, ...list }
    }
    const map = MAP_CLASSES.get(name)
    if (map !== undefined) return this.#map(type, text, map, where)
    if (name === ENUM_SET) return this.#enumSet(type, text, where)
    const definition = this.#definitions.get(name)
    const simple = simpleType(name, text)
    if (simple === undefined && definition === undefined) throw unknownType(name, text, where)
    if (simple === undefined && definition?.enum === undefined) return this.#bean(type, text, definition ?? {}, where)
    const open = simple?.kind === 'object' || name === 'java.lang.Class'
    if (args.length > 0 && !open) throw typeSyntax(where, text, `${name} takes no type arguments`)
    return simple ?? { kind: 'enum', text, name, constants: new Set(definition?.enum) }
  }

  #map(type: TypeText, text: string, wire: Pick<JavaMap, 'wireName' | 'always'>, where: string): JavaMap {
    const { name, args } = type
    if (name !== PROPERTIES) {
      return {
        kind: 'map',
        text,
        key: this.#argument(type, 0, 2, where),
        value: this.#argument(type, 1, 2, where),
        ...wire
      }
    }
    if (args.length > 0) throw typeSyntax(where, text, `${name} takes no type arguments`)
    const string: JavaType = { kind: 'string', text: 'java.lang.String' }
    return { kind: 'map', text, key: string, value: string, ...wire }
  }

  #enumSet(type: TypeText, text: string, where: string): JavaType {
    const element = this.#argument(type, 0, 1, where)
    if (element.kind === 'enum') return { kind: 'enumSet', text, element }
    throw typeSyntax(where, text, `its element must be an enum under \`types\`, not ${element.text}`)
  }

  #bean(type: TypeText, text: string, definition: Definition, where: string): JavaBean {
    const { name, args } = type
    const parameters = args.length === 0 ? [] : parametersOf(name, definition, this.has)
    if (args.length !== parameters.length) {
      throw typeSyntax(
        where,
        text,
        `${name} has ${parameters.length} type parameters in its fields, not ${args.length}`
      )
    }
    const fields = new Map<string, JavaType>()
    const names = Object.keys(definition.fields ?? {})
    const erased = erasedOf(name, definition, this.has)
    const bean: JavaBean = { kind: 'bean', text, name, fields, names, ...(erased && { erased }) }
    const bindings = new Map(parameters.map((parameter, i) => [parameter, args[i] as TypeText]))
    this.#open.push({ fields, name, definition, bindings })
    return bean
  }

  /** The type argument at `index` of `count`; Object for a raw type. */
  #argument(type: TypeText, index: number, count: number, where: string): JavaType {
    const { args, name } = type
    if (args.length !== 0 && args.length !== count) {
      throw typeSyntax(where, formatType(type), `${name} takes ${count} type arguments, not ${args.length}`)
    }
    const argument = args[index] ?? { name: 'java.lang.Object', args: [], dimensions: 0 }
    const resolved = this.#type(argument, where)
    const primitive = 'boxed' in resolved && !resolved.boxed
    if (primitive) throw typeSyntax(where, formatType(type), `a type argument cannot be the primitive ${resolved.text}`)
    return resolved
  }
}

/** The type of a class or primitive of Java itself that has no elements. */
function simpleType(name: string, text: string): JavaType | undefined {
  const scalar = SCALARS.get(name)
  if (scalar !== undefined) return { kind: scalar, text }
  const primitive = PRIMITIVES.get(name)
  if (primitive !== undefined) return { text, ...primitive }
  const form = TEXTUALS.get(name)
  if (form !== undefined) return { kind: 'textual', text, form }
  const value = ATOMICS.get(name)
  if (value !== undefined) return { kind: 'atomic', text, className: name, value }
  return SQL_DATES.has(name) ? { kind: 'sqlDate', text, className: name } : undefined
}

/** The type parameters of a class, in the order in which its fields first name them. */
function parametersOf(name: string, definition: Definition, isClass: (name: string) => boolean): string[] {
  const found = new Set<string>()
  const visit = (type: TypeText): void => {
    if (PARAMETER.test(type.name) && !isClass(type.name)) found.add(type.name)
    for (const argument of type.args) visit(argument)
  }
  for (const [field, text] of Object.entries(definition.fields ?? {})) visit(parseType(text, `types.${name}.${field}`))
  return [...found]
}

/** The fields of a class that are declared as a type parameter; absent when there are none. */
function erasedOf(
  name: string,
  definition: Definition,
  isClass: (name: string) => boolean
): ReadonlySet<string> | undefined {
  const erased = Object.entries(definition.fields ?? {}).filter(([field, text]) => {
    const type = parseType(text, `types.${name}.${field}`).name
    return PARAMETER.test(type) && !isClass(type)
  })
  return erased.length === 0 ? undefined : new Set(erased.map(([field]) => field))
}

/** Puts the arguments in the place of the type parameters; a parameter without argument (a raw class) is Object. */
function bind(type: TypeText, bindings: Bindings, isClass: (name: string) => boolean): TypeText {
  const args = type.args.map((argument) => bind(argument, bindings, isClass))
  // A class that is really called L is described; a type parameter never is.
  if (!PARAMETER.test(type.name) || isClass(type.name)) return { ...type, args }
  const bound = bindings.get(type.name)
  if (bound === undefined) return { name: 'java.lang.Object', args: [], dimensions: type.dimensions }
  return { ...bound, dimensions: bound.dimensions + type.dimensions }
}

function unknownType(name: string, text: string, where: string): AboxError {
  const refused = REFUSED.get(name)
  if (refused !== undefined) {
    return new AboxError(
      javaTypeErrors.ABOX_TYPE_UNKNOWN,
      `${prefix(where)}type "${text}": ${name} is refused: ${refused}`
    )
  }
  const known = [
    ...[...SCALARS.keys(), ...PRIMITIVES.keys(), ...TEXTUALS.keys(), ...ATOMICS.keys(), ...SQL_DATES],
    ...[...LIST_CLASSES.keys(), ...MAP_CLASSES.keys(), ENUM_SET]
  ]
  const full = name.includes('.') ? undefined : known.find((candidate) => candidate.endsWith(`.${name}`))
  const inside = text === name ? '' : ` in "${text}"`
  const hint = full === undefined ? 'describe it under `types` of the Service document' : `write ${full}`
  return new AboxError(
    javaTypeErrors.ABOX_TYPE_UNKNOWN,
    `${prefix(where)}the class "${name}"${inside} is not known: ${hint}`
  )
}
