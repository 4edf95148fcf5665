import {
  defaultBudget,
  encodeValue,
  HDouble,
  HessianScan,
  type HessianValue,
  HessianWriter,
  HInt,
  HList,
  HLong,
  HMap,
  writeJson
} from '#lib/hessian2'
import { JsonReader, JsonSink } from '#lib/json'

const INT_MIN = -(2n ** 31n)
const INT_MAX = 2n ** 31n - 1n

/**
 * JSON as a person types it, to what a Java generic user would send: an integer becomes int or long by its size, a
 * number with point or exponent a double, an object a map. Throws ABOX_JSON_SYNTAX.
 */
export function parseArgument(text: string): HessianValue {
  const bytes = Buffer.from(text)
  const reader = new JsonReader(bytes)
  const value = readValue(reader)
  reader.assertEnd()
  return value
}

/** Any Hessian value as JSON text, exact numbers included. */
export function printValue(value: HessianValue): string {
  const writer = new HessianWriter()
  encodeValue(writer, value)
  const bytes = writer.take()
  const scan = new HessianScan(bytes, 0, bytes.length, defaultBudget)
  const sink = new JsonSink()
  writeJson(scan, scan.skip(), sink)
  return sink.take().toString('utf8')
}

function readValue(reader: JsonReader): HessianValue {
  switch (reader.peek()) {
    case 'object':
      return readMap(reader)
    case 'array':
      return readList(reader)
    case 'string':
      return reader.readString()
    case 'number':
      return readNumber(reader)
    case 'true':
    case 'false':
      return reader.readBoolean()
    case 'null':
    case 'end':
      reader.readNull()
      return null
  }
}

function readMap(reader: JsonReader): HMap {
  const map = new HMap()
  if (reader.enterObject()) {
    do {
      map.keys.push(reader.readKey())
      map.values.push(readValue(reader))
    } while (reader.nextKey())
  }
  return map
}

function readList(reader: JsonReader): HList {
  const items: HessianValue[] = []
  if (reader.enterArray()) {
    do items.push(readValue(reader))
    while (reader.nextElement())
  }
  return new HList(items)
}

function readNumber(reader: JsonReader): HessianValue {
  const form = reader.scanNumber()
  if (form !== 'integer') return new HDouble(reader.numberAs(form))
  const digits = BigInt(reader.numberText())
  return digits >= INT_MIN && digits <= INT_MAX ? new HInt(Number(digits)) : new HLong(digits)
}
