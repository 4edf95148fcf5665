import { AboxError } from '#core/errors'
import { jsonErrors } from './errors.ts'
import { JsonReader } from './reader.ts'

/** Names of object members and indexes of array elements, from the outside in. */
export type JsonPath = readonly (string | number)[]

/**
 * ```
 * path  = "" | first *( "." name | index )          "" is the whole value
 * first = name | index
 * index = "[" digits "]" | "[" JSON-string "]"      the second form is a name, for names with . [ ] or "
 * name  = 1*(any character except . [ ] ")
 * ```
 */
const STEP = /(?:(?!^)\.|^)([^.[\]"]+)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y
const MAX_LENGTH = 1024

/** Reads a path such as `predictions[0]`, `data.ndarray`, `outputs["a.b"][1]`. ABOX_JSON_PATH names text and place. */
export function parsePath(text: string): JsonPath {
  if (text.length > MAX_LENGTH) throw pathError(text.slice(0, 40), `it has ${text.length} characters, at most 1024`)
  const path: (string | number)[] = []
  const step = new RegExp(STEP)
  for (let at = 0; at < text.length; at = step.lastIndex) {
    step.lastIndex = at
    const match = step.exec(text)
    if (match === null) throw pathError(text, `at character ${at}: expected a name, ".name", "[0]" or "[\\"name\\"]"`)
    path.push(match[2] === undefined ? (match[1] ?? unquote(match[3] as string, text)) : Number(match[2]))
  }
  return path
}

/** The text that `parsePath` reads as this path. */
export function formatPath(path: JsonPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (step === '' || /[.[\]"]/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/**
 * Moves the reader to the start of the value at `path` inside the value where it stands; false when there is no such
 * value: the position is then undefined. Of equal keys the first counts. Only what stands before that value is checked.
 */
export function seek(reader: JsonReader, path: JsonPath): boolean {
  for (const step of path) {
    const kind = reader.peek()
    const found =
      typeof step === 'number'
        ? kind === 'array' && toElement(reader, step)
        : kind === 'object' && toMember(reader, step)
    if (!found) return false
  }
  reader.peek()
  return true
}

/**
 * The path, from the value that starts at `start`, of the value or key at byte `offset`: for messages, made when an error happens
 * instead of being kept while reading. When the bytes are no JSON up to there, the path ends where they stop being it. `before` is the
 * path of the value at `start`.
 */
export function pathOf(bytes: Buffer, start: number, offset: number, before: JsonPath = []): string {
  const reader = new JsonReader(bytes, start)
  const path = [...before]
  try {
    walk(reader, offset, path)
  } catch (error) {
    if (!(error instanceof AboxError)) throw error
  }
  return formatPath(path)
}

function toElement(reader: JsonReader, index: number): boolean {
  if (!reader.enterArray()) return false
  for (let i = 0; i < index; i++) {
    reader.skip()
    if (!reader.nextElement()) return false
  }
  return true
}

function toMember(reader: JsonReader, name: string): boolean {
  if (!reader.enterObject()) return false
  while (!reader.keyIs(name)) {
    reader.skip()
    if (!reader.nextKey()) return false
  }
  return true
}

/** Reads on until `offset` is reached, keeping in `path` where that is; true when it was reached. */
function walk(reader: JsonReader, offset: number, path: (string | number)[]): boolean {
  const kind = reader.peek()
  if (reader.pos >= offset) return true
  if (kind === 'object' && reader.enterObject()) {
    do {
      const key = reader.readKey()
      path.push(key)
      if (walk(reader, offset, path)) return true
      path.pop()
    } while (reader.nextKey())
  } else if (kind === 'array' && reader.enterArray()) {
    let index = 0
    do {
      path.push(index++)
      if (walk(reader, offset, path)) return true
      path.pop()
    } while (reader.nextElement())
  } else if (kind !== 'object' && kind !== 'array') reader.skip()
  return reader.pos > offset
}

function unquote(quoted: string, text: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw pathError(text, `${quoted} is no JSON string`)
  }
}

function pathError(text: string, what: string): AboxError {
  return new AboxError(jsonErrors.ABOX_JSON_PATH, `path "${text}": ${what}`)
}
