import type { LargeOutline } from './large-outline.ts'
import type { JsonPath } from './path.ts'
import { JsonReader } from './reader.ts'

/**
 * A reader at the value at `path` in a large text whose outline is complete, found in slices of about `sliceBytes`; undefined when
 * there is none. As for `seek`, the first of equal keys counts.
 */
export function* seekLarge(
  outline: LargeOutline,
  path: JsonPath,
  sliceBytes: number
): Generator<undefined, JsonReader | undefined> {
  const reader = new JsonReader(outline.bytes)
  for (const step of path) {
    const found = yield* typeof step === 'number'
      ? toElement(outline, reader, step, sliceBytes)
      : toMember(outline, reader, step, sliceBytes)
    if (!found) return undefined
  }
  reader.peek()
  return reader
}

function* toElement(
  outline: LargeOutline,
  reader: JsonReader,
  index: number,
  sliceBytes: number
): Generator<undefined, boolean> {
  if (reader.peek() !== 'array' || !reader.enterArray()) return false
  let stop = reader.pos + sliceBytes
  for (let left = index; left > 0; left--) {
    outline.skip(reader)
    if (!reader.nextElement()) return false
    if (reader.pos < stop) continue
    yield
    stop = reader.pos + sliceBytes
  }
  return true
}

function* toMember(
  outline: LargeOutline,
  reader: JsonReader,
  name: string,
  sliceBytes: number
): Generator<undefined, boolean> {
  if (reader.peek() !== 'object' || !reader.enterObject()) return false
  let stop = reader.pos + sliceBytes
  while (outline.skipLargeKey(reader) || !reader.keyIs(name)) {
    outline.skip(reader)
    if (!reader.nextKey()) return false
    if (reader.pos < stop) continue
    yield
    stop = reader.pos + sliceBytes
  }
  return true
}
