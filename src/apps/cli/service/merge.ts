import { type Document, isMap, isSeq, type Node, type YAMLMap } from 'yaml'
import { type Method, type Service, serviceChecker, serviceKey } from '#contracts/service'
import type { TypeDefinitions } from '#lib/java-types'
import { draftMethodOf, missingMethods } from './differences.ts'
import { asService, type FileDocument, parseDocuments } from './documents.ts'
import type { DraftMethod, ServiceDraft } from './draft.ts'
import { type Decisions, freshMethod, freshService, freshText, YAML_STYLE } from './fresh.ts'
import { canonicalFields, canonicalType, saysLess, typesOf } from './type-texts.ts'

/** A documents file with a draft worked into it. */
export interface Merged {
  readonly text: string
  readonly services: readonly MergedService[]
}

export interface MergedService {
  /** Undefined: the file did not have it. */
  readonly before: Service | undefined
  readonly after: Service
  /** What was left for a person to do, one sentence each. */
  readonly left: readonly string[]
}

/**
 * Works a draft into the text of a documents file, into every Service document of its interface. Of these only `types`,
 * `returns` and `throws` change, and methods are added where `decisions` names their model; everything else stays as a
 * person wrote it, comments as far as the YAML library keeps them, and other documents byte for byte. A service that the
 * file does not have is added at its end. Throws ABOX_DOCUMENT_INVALID.
 */
export function mergeInto(text: string, path: string, draft: ServiceDraft, decisions: Decisions): Merged {
  const found = parseDocuments(text, path).filter((document) => isOf(document, draft))
  if (found.length === 0) {
    const after = freshService(draft, decisions)
    const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
    const fresh = `${start}${start.trim() === '' ? '' : '---\n'}${freshText(after)}`
    return { text: fresh, services: [{ before: undefined, after, left: [] }] }
  }
  let merged = text
  const services: MergedService[] = []
  // From the last to the first, so that the places of the others stay right.
  for (const document of found.reverse()) {
    const before = serviceChecker.check(document.value, document.source)
    const merge = new Merge(document.yaml, before, draft, decisions)
    merge.methods()
    merge.types()
    if (merge.changed) {
      merge.changeFields()
      // The file's own habit: {a: b} or { a: b }.
      const style = { ...YAML_STYLE, flowCollectionPadding: /\{ \S/.test(text) }
      merged = merged.slice(0, document.from) + document.yaml.toString(style) + merged.slice(document.to)
    }
    const after = serviceChecker.check(document.yaml.toJS(), document.source)
    services.unshift({ before, after, left: merge.left })
  }
  return { text: merged, services }
}

/** The Service document of a file that a draft belongs to; version and group count only where the draft knows them. */
export function isOf(document: FileDocument, draft: ServiceDraft): boolean {
  const service = asService(document)
  if (service === undefined || service.interface !== draft.interface) return false
  if (!draft.lossy) return true
  return serviceKey(service) === serviceKey(draft)
}

class Merge {
  changed = false
  readonly left: string[] = []
  readonly #yaml: Document
  readonly #service: Service
  readonly #draft: ServiceDraft
  readonly #decisions: Decisions

  constructor(yaml: Document, service: Service, draft: ServiceDraft, decisions: Decisions) {
    this.#yaml = yaml
    this.#service = service
    this.#draft = draft
    this.#decisions = decisions
  }

  methods(): void {
    const list = this.#yaml.get('methods', true)
    if (!isSeq(list)) return
    for (const [index, entry] of this.#service.methods.entries()) {
      const method = draftMethodOf(entry, this.#draft)
      const node = list.items[index]
      if (method === undefined || !isMap(node)) continue
      if (!this.#saysSame(entry.returns, method.returns)) this.#set(node, 'returns', method.returns)
      const throws = this.#throws(entry, method)
      if (throws.length > (entry.throws?.length ?? 0)) this.#set(node, 'throws', throws)
    }
    for (const method of missingMethods(this.#service, this.#draft)) this.#addMethod(list.items, method)
  }

  #addMethod(items: unknown[], method: DraftMethod): void {
    const { model } = this.#decisions
    const name = `${method.name}(${method.parameters.join(', ')})`
    const twin = this.#service.methods.find((entry) => entry.name === method.name)
    if (model === undefined) this.left.push(`method ${name} was not added: --model NAME says which model answers it`)
    else if (twin !== undefined && twin.parameters === undefined) {
      this.left.push(`method ${name} was not added: the entry ${twin.name} needs \`parameters\` first`)
    } else {
      items.push(this.#yaml.createNode(freshMethod(method, model)))
      this.changed = true
    }
  }

  /** Metadata names no exceptions, and a person may have added some. */
  #throws({ throws = [] }: Method, method: DraftMethod): string[] {
    return [...throws, ...method.throws.filter((name) => !throws.includes(name))]
  }

  #saysSame(was: string | undefined, now: string): boolean {
    if (was === undefined) return this.#draft.lossy && now === 'java.lang.Object'
    if (this.#draft.lossy && saysLess(now, was)) return true
    const old = this.#service.types ?? {}
    return canonicalType(was, typesOf(old)) === canonicalType(now, typesOf({ ...old, ...this.#draft.types }))
  }

  types(): void {
    const old: TypeDefinitions = this.#service.types ?? {}
    for (const [name, now] of Object.entries(this.#draft.types)) {
      const was = Object.hasOwn(old, name) ? old[name] : undefined
      const node = this.#yaml.getIn(['types', name], true)
      if (was === undefined || !isMap(node) || (was.enum === undefined) !== (now.enum === undefined)) {
        this.#yaml.setIn(['types', name], this.#yaml.createNode(now))
        this.changed = true
      } else if (now.enum !== undefined) this.#constants(node, was.enum ?? [], now.enum)
      else this.#fields(node, was.fields ?? {}, now.fields ?? {})
      if (was !== undefined && isMap(node) && now.exception === true && was.exception !== true) {
        this.#set(node, 'exception', true)
      }
    }
  }

  #constants(node: YAMLMap, was: readonly string[], now: readonly string[]): void {
    if (was.join() !== now.join()) this.#set(node, 'enum', [...now])
  }

  #fields(node: YAMLMap, was: Fields, now: Fields): void {
    const types = this.#draft.types
    const before = canonicalFields(was, this.#service.types ?? {})
    const after = canonicalFields(now, types)
    const kept = (field: string): boolean => {
      const text = was[field]
      if (text === undefined || !Object.hasOwn(was, field)) return false
      return before.get(field) === after.get(field) || (this.#draft.lossy && saysLess(now[field] ?? '', text))
    }
    // Metadata has no order of fields: those that are there stay where they are.
    const names = this.#draft.lossy
      ? [
          ...Object.keys(was).filter((field) => Object.hasOwn(now, field)),
          ...Object.keys(now).filter((field) => !Object.hasOwn(was, field))
        ]
      : Object.keys(now)
    const same = names.join() === Object.keys(was).join() && names.every(kept)
    if (same) return
    this.changed = true
    const fields = node.get('fields', true)
    if (!isMap(fields)) {
      node.set('fields', this.#yaml.createNode(now))
      return
    }
    const pairs = new Map(fields.items.map((pair) => [String(this.#keyText(pair.key)), pair]))
    // Half of a generic class's letters would be its old ones: all or none.
    const renamed = [...after].some(([field, text]) => text.includes('#') && !kept(field))
    fields.items = names.map((field) => {
      const pair = pairs.get(field) ?? this.#yaml.createPair(field, now[field])
      if (pairs.has(field) && (!kept(field) || renamed)) pair.value = this.#scalar(pair.value, now[field] ?? '')
      return pair
    })
  }

  /** The text in the place of another, whose quotes and comment stay. */
  #scalar(value: unknown, text: string): Node {
    const node = this.#yaml.createNode(text)
    const old = value as { comment?: string; type?: string } | null
    if (old?.comment) node.comment = old.comment
    if (old?.type !== undefined) (node as { type?: string }).type = old.type
    return node
  }

  #keyText(key: unknown): unknown {
    return typeof key === 'object' && key !== null && 'value' in key ? key.value : key
  }

  #set(node: YAMLMap, key: string, value: unknown): void {
    this.changed = true
    if (typeof value === 'string' && node.has(key)) node.set(key, this.#scalar(node.get(key, true), value))
    else node.set(key, this.#yaml.createNode(value))
  }

  /** `generation` grows by one with each change of a document that has one. */
  changeFields(): void {
    const { generation } = this.#service
    if (generation !== undefined) this.#yaml.set('generation', generation + 1)
    if (this.#decisions.reason !== undefined) this.#yaml.set('reason', this.#decisions.reason)
  }
}

type Fields = Readonly<Record<string, string>>
