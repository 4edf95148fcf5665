import { AboxError } from '#core/errors'
import { createTypes, type TypeDefinitions } from '#lib/java-types'

const OBJECT = 'java.lang.Object'
const MAX_REPAIRS = 256

/** Draft types that resolve, and a check for texts over them. */
export interface WritableTypes {
  readonly types: TypeDefinitions
  /** The text, or java.lang.Object with a warning where it does not resolve. */
  readonly checked: (text: string, place: string) => string
}

/**
 * What resolves of drafted types: a field that does not, such as an `EnumSet` of a type parameter or one whose class leads
 * to ever more types, becomes java.lang.Object with a warning. `existing` are classes that are described elsewhere.
 * Throws ABOX_TYPE_… for what is not about one field.
 */
export function makeWritable(
  drafted: TypeDefinitions,
  existing: TypeDefinitions,
  warn: (text: string) => void
): WritableTypes {
  const types: Record<string, TypeDefinitions[string]> = { ...drafted }
  for (let repairs = 0; ; repairs++) {
    try {
      const resolver = createTypes({ ...existing, ...types })
      return {
        types,
        checked: (text, place) => {
          try {
            resolver.resolve(text)
            return text
          } catch (error) {
            warn(`${place}: ${AboxError.from(error).message}; written as ${OBJECT}`)
            return OBJECT
          }
        }
      }
    } catch (error) {
      const { message } = AboxError.from(error)
      const field = fieldNamedIn(message, types)
      if (field === undefined || repairs >= MAX_REPAIRS) throw error
      const [name, key] = field
      types[name] = { ...types[name], fields: { ...types[name]?.fields, [key]: OBJECT } }
      warn(`${name}.${key}: ${message}; written as ${OBJECT}`)
    }
  }
}

/** The messages of lib/java-types begin with the place: `types.com.example.A.items: `. */
function fieldNamedIn(message: string, types: TypeDefinitions): readonly [string, string] | undefined {
  for (const [name, { fields = {} }] of Object.entries(types)) {
    for (const [field, text] of Object.entries(fields)) {
      if (text !== OBJECT && message.includes(`types.${name}.${field}: `)) return [name, field]
    }
  }
  return undefined
}
