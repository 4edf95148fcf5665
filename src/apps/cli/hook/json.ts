import { JsonReader } from '#lib/json'

/**
 * JSON as hooks exchange it, nothing rounded: integers beyond ±(2^53 − 1) are bigint, NaN and the infinities are numbers.
 * Objects are maps, so that no key means anything to JavaScript.
 */
export type HookJson = null | boolean | number | bigint | string | readonly HookJson[] | HookObject
export type HookObject = ReadonlyMap<string, HookJson>

/** Throws ABOX_JSON_SYNTAX. */
export function parseHookJson(text: string): HookJson {
  const reader = new JsonReader(Buffer.from(text))
  const value = read(reader)
  reader.assertEnd()
  return value
}

/** The value as JSON text, with NaN and the infinities as bare words. */
export function printHookJson(value: HookJson): string {
  if (Array.isArray(value)) return `[${value.map((item: HookJson) => printHookJson(item)).join(',')}]`
  if (isObject(value)) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${printHookJson(item)}`).join(',')}}`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

export function isObject(value: HookJson | undefined): value is HookObject {
  return value instanceof Map
}

function read(reader: JsonReader): HookJson {
  switch (reader.peek()) {
    case 'object':
      return readObject(reader)
    case 'array':
      return readArray(reader)
    case 'string':
      return reader.readString()
    case 'number': {
      const form = reader.scanNumber()
      const number = reader.numberAs(form)
      return form === 'integer' && !Number.isSafeInteger(number) ? BigInt(reader.numberText()) : number
    }
    case 'true':
    case 'false':
      return reader.readBoolean()
    case 'null':
    case 'end':
      reader.readNull()
      return null
  }
}

function readObject(reader: JsonReader): HookObject {
  const object = new Map<string, HookJson>()
  if (reader.enterObject()) {
    do object.set(reader.readKey(), read(reader))
    while (reader.nextKey())
  }
  return object
}

function readArray(reader: JsonReader): HookJson[] {
  const array: HookJson[] = []
  if (reader.enterArray()) {
    do array.push(read(reader))
    while (reader.nextElement())
  }
  return array
}
