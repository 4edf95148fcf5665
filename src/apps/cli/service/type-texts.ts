import { createTypes, type JavaType, type JavaTypes, type TypeDefinitions } from '#lib/java-types'

/** The types of a document; undefined when they do not resolve, which is then somebody else's message. */
export function typesOf(definitions: TypeDefinitions): JavaTypes | undefined {
  try {
    return createTypes(definitions)
  } catch {
    return undefined
  }
}

/** One spelling of a type: futures as what they hold, wildcards as their bound, no white space. */
export function canonicalType(text: string, types: JavaTypes | undefined): string {
  try {
    return types?.resolve(text).text ?? bare(text)
  } catch {
    return bare(text)
  }
}

const bare = (text: string): string => text.replaceAll(/\s/g, '')

/** A bare capital letter, perhaps one more letter or digit: how `types` names type parameters. */
const PARAMETER = /(?<![\p{L}\p{N}_$.])[A-Z][A-Z0-9]?(?![\p{L}\p{N}_$.])/gu

/** Field texts in which the type parameters have the numbers of their first use: `List<T>` and `List<D>` are the same. */
export function canonicalFields(
  fields: Readonly<Record<string, string>>,
  definitions: TypeDefinitions
): ReadonlyMap<string, string> {
  const numbers = new Map<string, number>()
  const numbered = (text: string): string =>
    bare(text).replaceAll(PARAMETER, (name) => {
      if (Object.hasOwn(definitions, name)) return name
      if (!numbers.has(name)) numbers.set(name, numbers.size)
      return `#${numbers.get(name)}`
    })
  return new Map(Object.entries(fields).map(([field, text]) => [field, numbered(text)]))
}

/** Whether `text` is what is left of `other` without its type arguments, or says nothing at all. */
export function saysLess(text: string, other: string): boolean {
  const short = bare(text)
  if (/^java\.lang\.Object(\[\])*$/.test(short)) return true
  if (!short.includes('<')) return bare(other).replace(/<.*>/s, '') === short
  return short.replaceAll(/java\.lang\.Object/g, '') === bare(other).replaceAll(PARAMETER, '')
}

/** What a type holds directly: elements, keys and values; not the fields of a bean. */
export function elementsOf(type: JavaType): readonly JavaType[] {
  if (type.kind === 'list') return [type.element]
  if (type.kind === 'map') return [type.key, type.value]
  return type.kind === 'array' ? [type.component] : []
}

/** The names of all beans and enums that types lead to. */
export function classesIn(roots: readonly JavaType[]): Set<string> {
  const names = new Set<string>()
  const seen = new Set<JavaType>()
  const open = [...roots]
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    if (seen.has(type)) continue
    seen.add(type)
    if (type.kind === 'bean' || type.kind === 'enum') names.add(type.name)
    open.push(...(type.kind === 'bean' ? type.fields.values() : elementsOf(type)))
  }
  return names
}
