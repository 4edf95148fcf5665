import type { Method, Service } from '#contracts/service'
import type { JavaType, JavaTypes, TypeDefinitions } from '#lib/java-types'
import type { DraftMethod, ServiceDraft } from './draft.ts'
import * as effects from './effects.ts'
import { canonicalFields, canonicalType, classesIn, saysLess, typesOf } from './type-texts.ts'

/** One thing in which Java and the Service document differ. */
export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly what: 'method' | 'parameters' | 'result' | 'exception' | 'class' | 'field' | 'constant'
  /** `score(java.util.List)`, `com.example.Item.score`. */
  readonly place: string
  readonly from?: string
  readonly to?: string
  /** What comes of it, for whom, one sentence each. */
  readonly effects: readonly string[]
  /** Whether some consumer loses something by it. */
  readonly breaks: boolean
}

/** What the new draft changes in the document as it stands, in the order of methods, then classes. */
export function differences(service: Service, draft: ServiceDraft): Difference[] {
  return new Comparison(service, draft).all()
}

/** The draft's method that an entry of the document stands for: by its `parameters`, or by its name where it has none. */
export function draftMethodOf(entry: Method, draft: ServiceDraft): DraftMethod | undefined {
  const same = draft.methods.filter(({ name }) => name === entry.name)
  const { parameters } = entry
  if (parameters === undefined) return same[0]
  return same.find((method) => method.parameters.join() === parameters.map(rawType).join())
}

/** Methods of the draft that no entry of the document answers. */
export function missingMethods(service: Pick<Service, 'methods'>, draft: ServiceDraft): DraftMethod[] {
  return draft.methods.filter(
    (method) =>
      !service.methods.some(
        (entry) =>
          entry.name === method.name &&
          (entry.parameters === undefined || entry.parameters.map(rawType).join() === method.parameters.join())
      )
  )
}

const rawType = (text: string): string => text.replace(/<.*>/s, '').replaceAll(/\s/g, '')

const signatureOf = (method: { name: string; parameters?: readonly string[] | undefined }): string =>
  method.parameters === undefined ? method.name : `${method.name}(${method.parameters.join(', ')})`

class Comparison {
  readonly #service: Service
  readonly #draft: ServiceDraft
  readonly #old: TypeDefinitions
  readonly #oldTypes: JavaTypes | undefined
  readonly #newTypes: JavaTypes | undefined
  readonly #found: Difference[] = []
  /** Classes that answers are made of; the others stand in arguments alone. */
  readonly #answers: ReadonlySet<string>

  constructor(service: Service, draft: ServiceDraft) {
    this.#service = service
    this.#draft = draft
    this.#old = service.types ?? {}
    this.#oldTypes = typesOf(this.#old)
    // Classes that a person described and the draft does not know still count.
    this.#newTypes = typesOf({ ...this.#old, ...draft.types })
    this.#answers = new Set([
      ...answerClasses(service.methods, this.#oldTypes),
      ...answerClasses(draft.methods, this.#newTypes)
    ])
  }

  all(): Difference[] {
    for (const entry of this.#service.methods) this.#compareMethod(entry)
    for (const method of missingMethods(this.#service, this.#draft)) {
      const twin = this.#service.methods.some((entry) => entry.name === method.name)
      this.#add('added', 'method', signatureOf(method), twin ? effects.overloadAdded : effects.methodAdded)
    }
    for (const [name, definition] of Object.entries(this.#draft.types)) this.#compareClass(name, definition)
    for (const name of Object.keys(this.#old)) {
      if (Object.hasOwn(this.#draft.types, name) || this.#draft.lossy) continue
      this.#add('removed', 'class', name, effects.classUnreached)
    }
    return this.#found
  }

  #compareMethod(entry: Method): void {
    const method = draftMethodOf(entry, this.#draft)
    if (method === undefined) {
      const again = this.#draft.methods.find(({ name }) => name === entry.name)
      if (again === undefined) this.#add('removed', 'method', signatureOf(entry), effects.methodRemoved)
      else {
        const to = signatureOf(again)
        this.#add('changed', 'parameters', signatureOf(entry), effects.parametersChanged, {
          from: signatureOf(entry),
          to
        })
      }
      return
    }
    const place = signatureOf(entry)
    if (entry.returns === undefined) {
      this.#add('added', 'result', place, effects.returnsAdded, { to: method.returns })
    } else if (!this.#same(entry.returns, method.returns)) {
      this.#changed('result', place, entry.returns, method.returns, false)
    }
    if (this.#draft.lossy) return
    const known = entry.throws ?? []
    for (const name of method.throws) {
      if (!known.includes(name)) this.#add('added', 'exception', `${place} throws ${name}`, effects.exceptionAdded)
    }
    for (const name of known) {
      if (!method.throws.includes(name)) {
        this.#add('removed', 'exception', `${place} throws ${name}`, effects.exceptionRemoved)
      }
    }
  }

  #compareClass(name: string, now: TypeDefinitions[string]): void {
    const was = Object.hasOwn(this.#old, name) ? this.#old[name] : undefined
    if (was === undefined) this.#add('added', 'class', name, effects.classAdded)
    else if ((was.enum === undefined) !== (now.enum === undefined)) {
      const values = { from: kindWord(was), to: kindWord(now) }
      this.#add('changed', 'class', name, this.#of(name, effects.kindChanged), values)
    } else if (now.enum === undefined) this.#compareFields(name, was.fields ?? {}, now.fields ?? {})
    else this.#compareConstants(name, was.enum ?? [], now.enum)
  }

  #compareConstants(name: string, was: readonly string[], now: readonly string[]): void {
    for (const constant of now) {
      if (was.includes(constant)) continue
      this.#add('added', 'constant', `${name}.${constant}`, this.#of(name, effects.constantAdded))
    }
    for (const constant of was) {
      if (now.includes(constant)) continue
      this.#add('removed', 'constant', `${name}.${constant}`, this.#of(name, effects.constantRemoved))
    }
  }

  #compareFields(name: string, was: Fields, now: Fields): void {
    const before = canonicalFields(was, this.#old)
    const after = canonicalFields(now, this.#draft.types)
    for (const [field, to] of Object.entries(now)) {
      const from = Object.hasOwn(was, field) ? was[field] : undefined
      const place = `${name}.${field}`
      if (from === undefined) this.#add('added', 'field', place, this.#of(name, effects.fieldAdded), { to })
      else if (before.get(field) !== after.get(field) && !this.#same(from, to)) {
        this.#changed('field', place, from, to, true, name)
      }
    }
    for (const [field, from] of Object.entries(was)) {
      if (Object.hasOwn(now, field)) continue
      this.#add('removed', 'field', `${name}.${field}`, this.#of(name, effects.fieldRemoved), { from })
    }
  }

  /** A lossy source that says less than the document does says nothing against it. */
  #same(from: string, to: string): boolean {
    if (canonicalType(from, this.#oldTypes) === canonicalType(to, this.#newTypes)) return true
    return this.#draft.lossy && saysLess(to, from)
  }

  #changed(what: 'result' | 'field', place: string, from: string, to: string, inBean: boolean, owner?: string): void {
    const types = { was: resolve(this.#oldTypes, from), now: resolve(this.#newTypes, to) }
    const effect = effects.typeChanged(types.was, types.now, inBean)
    this.#add('changed', what, place, owner === undefined ? effect : this.#of(owner, effect), { from, to })
  }

  /** The effect, or that there is none where the class stands in arguments alone. */
  #of(className: string, effect: effects.Effect): effects.Effect {
    return this.#answers.has(className) ? effect : effects.argumentsOnly
  }

  #add(
    kind: Difference['kind'],
    what: Difference['what'],
    place: string,
    effect: effects.Effect,
    values: { from?: string; to?: string } = {}
  ): void {
    this.#found.push({ kind, what, place, ...values, effects: effect.texts, breaks: effect.breaks })
  }
}

const kindWord = (definition: TypeDefinitions[string]): string => (definition.enum === undefined ? 'class' : 'enum')

type Fields = Readonly<Record<string, string>>

function resolve(types: JavaTypes | undefined, text: string): JavaType | undefined {
  try {
    return types?.resolve(text)
  } catch {
    // A field of a generic class, `List<T>`, stands for many types.
    return undefined
  }
}

type Answering = readonly { readonly returns?: string | undefined; readonly throws?: readonly string[] | undefined }[]

function answerClasses(methods: Answering, types: JavaTypes | undefined): Set<string> {
  const texts = methods.flatMap(({ returns, throws = [] }) => [...(returns === undefined ? [] : [returns]), ...throws])
  return classesIn(texts.flatMap((text) => resolve(types, text) ?? []))
}
