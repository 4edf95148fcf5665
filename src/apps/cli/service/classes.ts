import { AboxError } from '#core/errors'
import {
  ACCESS,
  type ClassFile,
  type ClassPath,
  classFileErrors,
  type SignatureType,
  type TypeParameter
} from '#lib/class-files'
import { isJdkName, isKnownClass, whyUnknown } from './draft.ts'
import { enumConstants, flattenClass, isEnum, isException, isPlainRoot } from './fields.ts'
import { parametersOf } from './methods.ts'

/** A type of which everything is known: no wildcards, and the only variables are those of the class it stands in. */
export interface PlainType {
  readonly name: string
  readonly args: readonly PlainType[]
  readonly dimensions: number
  /** The number of the class's type parameter that this is, instead of a name. */
  readonly parameter?: number
}

/** A class that the methods lead to. */
export interface FoundClass {
  readonly parameters: readonly TypeParameter[]
  /** Absent for enums. */
  readonly fields?: ReadonlyMap<string, PlainType>
  readonly constants?: readonly string[]
  readonly exception: boolean
}

/** Where a type stands: what it may refer to, and what messages call the place. */
export interface Scope {
  readonly place: string
  /** The class whose fields are being read, with its type parameters. */
  readonly owner?: { readonly name: string; readonly parameters: readonly TypeParameter[] }
  /** Type parameters of the method. */
  readonly variables?: readonly TypeParameter[]
}

const OBJECT: PlainType = { name: 'java.lang.Object', args: [], dimensions: 0 }
const MAX_CLASSES = 4096

/** Collects the classes that types lead to, in any depth, and says in warnings what it had to leave out. */
export class ClassCollector {
  readonly classes = new Map<string, FoundClass>()
  readonly #path: ClassPath
  /** Described by a person already: then a class that is in no jar keeps its name. */
  readonly #described: ReadonlySet<string>
  readonly #warn: (text: string) => void
  #open: ClassFile[] = []

  constructor(path: ClassPath, described: ReadonlySet<string>, warn: (text: string) => void) {
    this.#path = path
    this.#described = described
    this.#warn = warn
  }

  /** The type in its plain form; its classes are described before `finish` returns. */
  add(type: SignatureType, scope: Scope): PlainType {
    switch (type.kind) {
      case 'primitive':
        return { name: type.name, args: [], dimensions: 0 }
      case 'array': {
        const component = this.add(type.component, scope)
        return { ...component, dimensions: component.dimensions + 1 }
      }
      case 'variable':
        return this.#variable(type.name, scope)
      case 'class':
        return this.#class(type.name, type.args, scope)
    }
  }

  /** A declared exception. Java's own have no fields that are written. False: it cannot be described. */
  addException(name: string, place: string): boolean {
    if (!isJdkName(name)) return this.#class(name, [], { place }).name === name
    this.classes.set(name, { parameters: [], fields: new Map(), exception: true })
    return true
  }

  /** Reads every class that was met, and what those lead to. Throws ABOX_CLASS_…. */
  finish(): void {
    for (let file = this.#open.pop(); file !== undefined; file = this.#open.pop()) this.#describe(file)
  }

  #variable(name: string, { owner, variables = [], place }: Scope): PlainType {
    const parameter = owner?.parameters.findIndex((candidate) => candidate.name === name) ?? -1
    if (parameter >= 0) return { ...OBJECT, parameter }
    const bound = variables.find((candidate) => candidate.name === name)?.bounds[0]
    return this.#bound(bound, place)
  }

  /** What stands for a variable or a bare `?`: its bound without arguments, because a bound may name itself. */
  #bound(bound: SignatureType | undefined, place: string): PlainType {
    return bound?.kind === 'class' ? this.#class(bound.name, [], { place }) : OBJECT
  }

  #class(name: string, args: Extract<SignatureType, { kind: 'class' }>['args'], scope: Scope): PlainType {
    const file = isKnownClass(name) ? undefined : this.#path.find(name)
    if (file === undefined && !isKnownClass(name) && !this.#described.has(name)) return this.#unknown(name, scope)
    if (file !== undefined && !this.#meet(file, scope)) return OBJECT
    const parameters = file === undefined ? [] : parametersOf(this.#path, name)
    const plain = args.map(({ type }, index) =>
      type === undefined ? this.#bound(parameters[index]?.bounds[0], scope.place) : this.add(type, scope)
    )
    if (name !== scope.owner?.name || !plain.some(nestsParameter)) return { name, args: plain, dimensions: 0 }
    this.#warn(`${scope.place}: ${name} nests its own type parameter ever deeper; written as java.lang.Object`)
    return OBJECT
  }

  #unknown(name: string, { place }: Scope): PlainType {
    const why = isJdkName(name)
      ? whyUnknown(name)
      : 'which is in no jar given; add the jar that has it, or describe it under `types`'
    this.#warn(`${place}: found ${name}, ${why}; written as java.lang.Object`)
    return OBJECT
  }

  /** Puts a class on the list. False: it cannot be described, and the warning says why. */
  #meet(file: ClassFile, { place }: Scope): boolean {
    const { name } = file
    if (this.classes.has(name)) return true
    if (this.classes.size >= MAX_CLASSES) {
      throw new AboxError(
        classFileErrors.ABOX_CLASS_LIMIT,
        `${place}: the methods lead to more than ${MAX_CLASSES} classes, ${name} among them`
      )
    }
    const parameters = parametersOf(this.#path, name)
    if (isEnum(file)) {
      this.classes.set(name, { parameters, constants: enumConstants(file), exception: false })
      return true
    }
    const flat = flattenClass(this.#path, file)
    if (/^java\.util\./.test(flat.root) && isKnownClass(flat.root)) {
      this.#warn(
        `${place}: ${name} extends ${flat.root}, which travels as its elements alone; written as java.lang.Object`
      )
      return false
    }
    if (!isPlainRoot(flat)) {
      this.#warn(`${name}: extends ${flat.root}, which is in no jar given: the fields from there are missing`)
    }
    if ((file.access & ACCESS.interface) !== 0) {
      this.#warn(`${place}: ${name} is an interface: its fields are not known, and typed consumers cannot make one`)
    } else if ((file.access & ACCESS.abstract) !== 0 && !isException(flat)) {
      this.#warn(`${place}: ${name} is abstract: consumers cannot make one of it`)
    }
    this.classes.set(name, { parameters, fields: new Map(), exception: isException(flat) })
    this.#open.push(file)
    return true
  }

  #describe(file: ClassFile): void {
    const { name } = file
    const found = this.classes.get(name)
    if (found === undefined) return
    const owner = { name, parameters: found.parameters }
    const fields = new Map<string, PlainType>()
    for (const [field, type] of flattenClass(this.#path, file).fields) {
      fields.set(field, this.add(type, { place: `${name}.${field}`, owner }))
    }
    this.classes.set(name, { ...found, fields })
  }
}

/** Whether a type parameter stands inside another type here: as an argument it is, alone it is not. */
const nestsParameter = (type: PlainType): boolean =>
  type.parameter === undefined ? type.args.some(mentionsParameter) : type.dimensions > 0

const mentionsParameter = (type: PlainType): boolean =>
  type.parameter !== undefined || type.args.some(mentionsParameter)
