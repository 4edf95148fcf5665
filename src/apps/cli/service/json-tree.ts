import type { JsonReader } from '#lib/json'

/** JSON with its numbers as they are written. */
export type JsonTree = null | boolean | string | JsonNumber | readonly JsonTree[] | ReadonlyMap<string, JsonTree>

export class JsonNumber {
  /** As `1.50`, `9007199254740993`, `NaN`. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Whether it is a JSON object. */
export const isMembers = (tree: JsonTree): tree is ReadonlyMap<string, JsonTree> => tree instanceof Map

/** Whether it is a JSON array. */
export const isItems = (tree: JsonTree): tree is readonly JsonTree[] => Array.isArray(tree)

/** Reads the value at the reader's position. Throws ABOX_JSON_…. */
export function readTree(reader: JsonReader): JsonTree {
  switch (reader.peek()) {
    case 'object': {
      const members = new Map<string, JsonTree>()
      if (reader.enterObject()) {
        do {
          const key = reader.readKey()
          members.set(key, readTree(reader))
        } while (reader.nextKey())
      }
      return members
    }
    case 'array': {
      const items: JsonTree[] = []
      if (reader.enterArray()) {
        do items.push(readTree(reader))
        while (reader.nextElement())
      }
      return items
    }
    case 'string':
      return reader.readString()
    case 'number':
      reader.scanNumber()
      return new JsonNumber(reader.numberText())
    case 'true':
    case 'false':
      return reader.readBoolean()
    case 'null':
    case 'end':
      reader.readNull()
      return null
  }
}

/** The value as a message shows it. */
export function showTree(tree: JsonTree): string {
  if (tree instanceof JsonNumber) return tree.text
  if (isItems(tree)) return `a list of ${tree.length}`
  if (isMembers(tree)) return `an object with ${[...tree.keys()].slice(0, 5).join(', ') || 'nothing'}`
  const text = JSON.stringify(tree) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
