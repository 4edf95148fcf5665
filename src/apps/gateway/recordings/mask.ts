import type { JsonReader, JsonSink, PathState } from '#lib/json'

/** What stands in the place of a value that must not be seen; it is of the same kind, so that hooks still run. */
export interface Masker {
  /** JSON text for a string. `text` is its own JSON, quotes included. */
  string(text: string): string
  /** JSON text for a number. */
  number(text: string): string
}

/** Everything is alike: `"***"`, `0`. */
export const plainMasker: Masker = { string: () => '"***"', number: () => '0' }

const COLON = 0x3a
const COMMA = 0x2c

/**
 * Copies one value from the reader to the sink, with the values that the rules mean masked; returns how many. Booleans become
 * false; keys and the number of elements stay. Throws ABOX_JSON_… where the value is no JSON.
 */
export function copyMasked(reader: JsonReader, sink: JsonSink, rules: PathState, masker: Masker): number {
  if (rules.matched) return maskValue(reader, sink, masker)
  const kind = reader.peek()
  if (rules.dead || (kind !== 'object' && kind !== 'array')) {
    const start = reader.pos
    reader.skip()
    sink.raw(reader.bytes, start, reader.pos)
    return 0
  }
  return kind === 'object'
    ? copyObject(reader, sink, (name) => copyMasked(reader, sink, rules.member(name), masker))
    : copyArray(reader, sink, (index) => copyMasked(reader, sink, rules.element(index), masker))
}

function maskValue(reader: JsonReader, sink: JsonSink, masker: Masker): number {
  const inner = (): number => maskValue(reader, sink, masker)
  switch (reader.peek()) {
    case 'object':
      return copyObject(reader, sink, inner)
    case 'array':
      return copyArray(reader, sink, inner)
    case 'string':
      reader.scanString()
      sink.ascii(masker.string(reader.bytes.toString('utf8', reader.stringStart - 1, reader.stringEnd + 1)))
      return 1
    case 'number':
      reader.scanNumber()
      sink.ascii(masker.number(reader.numberText()))
      return 1
    case 'null':
      reader.readNull()
      sink.ascii('null')
      return 0
    case 'true':
    case 'false':
    case 'end':
      // At the end of the data this throws.
      reader.readBoolean()
      sink.ascii('false')
      return 1
  }
}

function copyObject(reader: JsonReader, sink: JsonSink, copyMember: (name: string) => number): number {
  let masked = 0
  sink.byte(0x7b)
  if (reader.enterObject()) {
    let first = true
    do {
      if (!first) sink.byte(COMMA)
      first = false
      const name = reader.readKey()
      sink.raw(reader.bytes, reader.stringStart - 1, reader.stringEnd + 1)
      sink.byte(COLON)
      masked += copyMember(name)
    } while (reader.nextKey())
  }
  sink.byte(0x7d)
  return masked
}

function copyArray(reader: JsonReader, sink: JsonSink, copyElement: (index: number) => number): number {
  let masked = 0
  sink.byte(0x5b)
  if (reader.enterArray()) {
    let index = 0
    do {
      if (index > 0) sink.byte(COMMA)
      masked += copyElement(index++)
    } while (reader.nextElement())
  }
  sink.byte(0x5d)
  return masked
}
