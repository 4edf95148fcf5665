import { AboxError, describe } from '#core/errors'
import { createTypes, type JavaTypes, type TypeDefinitions } from '#lib/java-types'
import {
  type DraftMethod,
  isFuture,
  isJdkName,
  isKnownClass,
  type ServiceDraft,
  sortMethods,
  sortTypes,
  whyUnknown
} from './draft.ts'
import { serviceErrors } from './errors.ts'
import { type MetadataTypes, readMetadataTypes } from './metadata-types.ts'

/** What every import from metadata has to live with; seen with Dubbo 2.7.23 and 3.3.6. */
const LACKS =
  'Dubbo’s metadata names no declared exceptions, no order of fields and no type arguments but those of Java’s collections (Page<Item> is Page there); the API jar says all of it'
const PRIMITIVES = new Set(['void', 'boolean', 'byte', 'short', 'int', 'long', 'float', 'double', 'char'])
const OBJECT = 'java.lang.Object'

interface RawMethod {
  readonly name: string
  readonly parameterTypes: readonly string[]
  readonly returnType: string
}

/**
 * What the definition of a service says that a Java provider published as metadata: Dubbo's FullServiceDefinition.
 *
 * ```
 * {"canonicalName": interface, "parameters": {"version", "group", "release", …},
 *  "methods": [{"name", "parameterTypes": [type], "returnType": type}],
 *  "types": [{"type", "properties": {name: type}, "items": [type], "enums": [name]}]}
 * ```
 * In 2.7 a type is such an object, and one that stood there before is `{"$ref": "$.types[1].properties.code"}`; in 3.x it
 * is a name. `source` begins every message. Throws ABOX_SERVICE_METADATA.
 */
export function draftFromMetadata(text: string, source: string): ServiceDraft {
  const root = parse(text, source)
  const warnings = new Set<string>([LACKS])
  const raw = readMetadataTypes(root, source)
  const texts = new TypeTexts(raw, (warning) => warnings.add(warning))
  const methods = readMethods(root, source).map((method) => toMethod(method, texts, String(root['canonicalName'])))
  const names = methods.map(({ name }) => name)
  const types: Record<string, TypeDefinitions[string]> = {}
  for (const [name, found] of raw) {
    if (isKnownClass(texts.className(name)) || isJdkName(name)) continue
    if (found.enums.length > 0) types[texts.className(name)] = { enum: found.enums }
    else {
      const fields = [...found.properties].map(
        ([field, type]) => [field, texts.text(type, `${name}.${field}`)] as const
      )
      types[texts.className(name)] = { fields: Object.fromEntries(fields) }
    }
  }
  const parameters = (root['parameters'] ?? {}) as Record<string, unknown>
  return {
    interface: nameAt(root['canonicalName'], `${source}: canonicalName`),
    version: given(parameters['version']),
    group: given(parameters['group']),
    methods: sortMethods(
      methods.map((method) => ({ ...method, overloaded: names.filter((name) => name === method.name).length > 1 }))
    ),
    types: sortTypes(types),
    source,
    lossy: true,
    warnings: [...warnings]
  }
}

/** On the wire no version is 0.0.0. */
const given = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value !== '0.0.0' ? value : undefined

function toMethod(method: RawMethod, texts: TypeTexts, service: string): DraftMethod {
  const place = (what: string): string => `${service}.${method.name} ${what}`
  const later = isFuture(method.returnType.replace(/<.*$/s, ''))
  const held = later ? (/<(.*)>$/s.exec(method.returnType)?.[1] ?? '') : method.returnType
  if (held === '') texts.warn(`${place('result')}: what the future holds is not said; written as ${OBJECT}`)
  const parameterTypes = method.parameterTypes.map((type, index) => texts.text(type, place(`args[${index}]`)))
  return {
    name: method.name,
    parameters: parameterTypes.map((type) => type.replace(/<.*>/s, '')),
    parameterTypes,
    overloaded: false,
    returns: held === '' ? OBJECT : texts.text(held, place('result')),
    throws: [],
    later
  }
}

/** Type texts of the metadata as texts of a Service document. */
class TypeTexts {
  readonly warn: (text: string) => void
  readonly #raw: MetadataTypes
  #types: JavaTypes | undefined

  constructor(raw: MetadataTypes, warn: (text: string) => void) {
    this.#raw = raw
    this.warn = warn
  }

  /** The metadata spells nested classes with a dot; on the wire it is a `$`. Packages begin with a small letter. */
  className(name: string): string {
    return name.replaceAll(/(?<=(?:^|[.$])\p{Lu}[\p{L}\p{N}_$]*)\.(?=\p{Lu})/gu, '$')
  }

  text(type: string, place: string): string {
    const plain = type.replaceAll(/\?\s*(?:extends|super)\s+/g, '').replaceAll('?', OBJECT)
    const text = plain
      .replaceAll(/,\s*/g, ', ')
      .replaceAll(/[\p{L}_$][\p{L}\p{N}_$.]*/gu, (name) => this.#name(name, place))
    return this.#isWritten(text, place) ? text : OBJECT
  }

  #name(name: string, place: string): string {
    if (PRIMITIVES.has(name)) return name
    if (!name.includes('.')) {
      this.warn(`${place}: found the type parameter ${name}, whose meaning the metadata lost; written as ${OBJECT}`)
      return OBJECT
    }
    const className = this.className(name)
    if (isKnownClass(className) || (this.#raw.has(name) && !isJdkName(name))) return className
    const why = isJdkName(name) ? whyUnknown(name) : 'which the metadata does not describe'
    this.warn(`${place}: found ${name}, ${why}; written as ${OBJECT}`)
    return OBJECT
  }

  /** The metadata of a broken or hostile provider may hold any text. */
  #isWritten(text: string, place: string): boolean {
    try {
      this.#types ??= createTypes(this.#names())
      this.#types.resolve(text)
      return true
    } catch (error) {
      this.warn(`${place}: ${describe(error)}; written as ${OBJECT}`)
      return false
    }
  }

  #names(): TypeDefinitions {
    return Object.fromEntries(
      [...this.#raw]
        .filter(([name]) => !isJdkName(name))
        .map(([name, { enums }]) => [this.className(name), enums.length > 0 ? { enum: enums } : { fields: {} }])
    )
  }
}

function readMethods(root: Record<string, unknown>, source: string): RawMethod[] {
  const list = root['methods']
  if (!Array.isArray(list)) throw unusable(`${source}: methods: found ${typeof list}, expected a list`)
  const methods = new Map<string, RawMethod>()
  for (const [index, item] of list.entries()) {
    const raw = (item ?? {}) as Record<string, unknown>
    const where = `${source}: methods[${index}]`
    const types = Array.isArray(raw['parameterTypes']) ? raw['parameterTypes'] : []
    const method = {
      name: nameAt(raw['name'], `${where}.name`),
      parameterTypes: types.map((type) => nameAt(type, `${where}.parameterTypes`)),
      returnType: nameAt(raw['returnType'], `${where}.returnType`)
    }
    // A method that overrides a generic one is listed once more as Object.
    const key = `${method.name}(${method.parameterTypes.join(',')})`
    const other = methods.get(key)
    if (other === undefined || other.returnType === OBJECT) methods.set(key, method)
  }
  return [...methods.values()]
}

function parse(text: string, source: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw unusable(`${source}: not JSON: ${describe(error)}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw unusable(`${source}: found no object, expected the definition of a service`)
}

function nameAt(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 2048) return value
  throw unusable(`${where}: found ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}, expected a name`)
}

const unusable = (text: string): AboxError => new AboxError(serviceErrors.ABOX_SERVICE_METADATA, text)
