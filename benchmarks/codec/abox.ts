import {
  decodeBytes,
  encodeValue,
  HessianScan,
  type HessianValue,
  HessianWriter,
  type JavaType,
  writeJson,
  writeJsonAs
} from '../../src/lib/hessian2/index.ts'
import { createTypes } from '../../src/lib/java-types/index.ts'
import { JsonReader, JsonSink } from '../../src/lib/json/index.ts'
import { type Payload, TYPES } from './payloads.ts'

/** The payloads of one kind in all the forms in which codecs take them, by one index. */
export interface Corpus extends Payload {
  /** Hessian. */
  readonly wire: readonly Buffer[]
  /** What `JSON.parse` makes of `text`. */
  readonly plain: readonly unknown[]
  readonly text: readonly string[]
  /** `text` in UTF-8. */
  readonly json: readonly Buffer[]
}

/** What is measured, as the gateway does it: writers are reused, results are copied out of them. */
export interface Abox {
  decode(index: number): HessianValue
  encode(index: number): Buffer
  /** Hessian to JSON, bytes to bytes. */
  toJson(index: number): Buffer
  /** JSON to Hessian by the declared Java type. */
  fromJsonTyped(index: number): Buffer
  /** JSON to Hessian by the form of the JSON alone. */
  fromJsonUntyped(index: number): Buffer
}

const types = createTypes(TYPES)

export function createAbox({ type, form, values, wire, json }: Corpus): Abox {
  const writer = new HessianWriter(4096)
  const sink = new JsonSink(4096)
  const fromJson = (index: number, as: JavaType): Buffer => {
    writer.reset()
    writeJsonAs(new JsonReader(json[index] as Buffer), as, writer, form)
    return Buffer.from(writer.take())
  }
  const declared = types.resolve(type)
  const untyped = types.resolve('java.lang.Object')
  return {
    decode: (index) => decodeBytes(wire[index] as Buffer)[0] ?? null,
    encode: (index) => encode(values[index] as HessianValue, writer),
    toJson(index) {
      const scan = new HessianScan(wire[index] as Buffer)
      sink.reset()
      writeJson(scan, scan.skip(), sink)
      return Buffer.from(sink.take())
    },
    fromJsonTyped: (index) => fromJson(index, declared),
    fromJsonUntyped: (index) => fromJson(index, untyped)
  }
}

export function encode(value: HessianValue, writer: HessianWriter): Buffer {
  writer.reset()
  encodeValue(writer, value)
  return Buffer.from(writer.take())
}
