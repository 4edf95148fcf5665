import type { TypeDefinitions } from '#lib/java-types'
import type { FoundClass, PlainType } from './classes.ts'

/** A type parameter as `types` of a Service document knows one: a capital letter, perhaps one more letter or digit. */
const PARAMETER = /^[A-Z][A-Z0-9]?$/
const MAX_ROUNDS = 16

/**
 * Writes plain types as texts. `types` has no list of a class's type parameters: they are matched to the arguments in
 * the order in which the fields first name them. So arguments are written in that order, and those that no field names
 * are left out.
 */
export class TypeWriter {
  readonly #classes: ReadonlyMap<string, FoundClass>
  /** For each class the numbers of its type parameters in the order in which its fields name them. */
  readonly #orders = new Map<string, readonly number[]>()

  constructor(classes: ReadonlyMap<string, FoundClass>) {
    this.#classes = classes
    for (const [name, { parameters }] of classes) this.#orders.set(name, [...parameters.keys()])
    this.#settle()
  }

  definitions(): TypeDefinitions {
    const types: Record<string, TypeDefinitions[string]> = {}
    for (const [name, found] of this.#classes) {
      if (found.constants !== undefined) types[name] = { enum: found.constants }
      else {
        const letters = this.#letters(found)
        const fields: Record<string, string> = {}
        for (const [field, type] of found.fields ?? []) fields[field] = this.text(type, letters)
        types[name] = { fields, ...(found.exception && { exception: true }) }
      }
    }
    return types
  }

  /** `letters` names the type parameters of the class that the type stands in. */
  text(type: PlainType, letters: readonly string[] = []): string {
    const arrays = '[]'.repeat(type.dimensions)
    if (type.parameter !== undefined) return (letters[type.parameter] ?? 'java.lang.Object') + arrays
    const args = this.#args(type).map((argument) => this.text(argument, letters))
    return `${type.name}${args.length === 0 ? '' : `<${args.join(', ')}>`}${arrays}`
  }

  #args({ name, args }: PlainType): readonly PlainType[] {
    const order = this.#orders.get(name)
    if (order === undefined || args.length === 0) return args
    return order.flatMap((index) => args[index] ?? [])
  }

  /** The order of one class depends on that of the classes in its fields, so it is worked out until nothing moves. */
  #settle(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let moved = false
      for (const [name, found] of this.#classes) {
        if (found.parameters.length === 0) continue
        const seen = new Set<number>()
        for (const type of found.fields?.values() ?? []) this.#visit(type, seen)
        const order = [...seen]
        if (order.join() === this.#orders.get(name)?.join()) continue
        this.#orders.set(name, order)
        moved = true
      }
      if (!moved) return
    }
  }

  #visit(type: PlainType, seen: Set<number>): void {
    if (type.parameter !== undefined) seen.add(type.parameter)
    for (const argument of this.#args(type)) this.#visit(argument, seen)
  }

  /** A parameter keeps its name where `types` knows such names; `TItem` becomes `T`, `T1` and so on. */
  #letters({ parameters }: FoundClass): string[] {
    const free = (name: string): boolean => PARAMETER.test(name) && !this.#classes.has(name)
    const taken = new Set(parameters.map(({ name }) => name).filter(free))
    const spare = [...'TUVWXYZ'].flatMap((letter) => [letter, ...[...'123456789'].map((digit) => letter + digit)])
    return parameters.map(({ name }) => {
      if (taken.has(name)) return name
      const letter = spare.find((candidate) => free(candidate) && !taken.has(candidate)) ?? 'T'
      taken.add(letter)
      return letter
    })
  }
}
