import { decodeBytes, type HessianValue, HessianWriter, writeJsonAs } from '#lib/hessian2'
import { createTypes, type JavaTypes } from '#lib/java-types'
import { JsonReader } from '#lib/json'

/** The classes of the interop peers' rank service, and one generic class. */
export const rankTypes: JavaTypes = createTypes({
  'com.example.rank.Level': { enum: ['LOW', 'MIDDLE', 'HIGH'] },
  'com.example.rank.ItemScore': {
    fields: {
      id: 'long',
      title: 'java.lang.String',
      level: 'com.example.rank.Level',
      score: 'double',
      parts: 'java.util.List<java.lang.Double>'
    }
  },
  'com.example.rank.RankResult': {
    fields: {
      items: 'java.util.List<com.example.rank.ItemScore>',
      best: 'com.example.rank.ItemScore',
      byId: 'java.util.Map<java.lang.Long, com.example.rank.ItemScore>',
      array: 'com.example.rank.ItemScore[]',
      scores: 'double[]',
      embedding: 'float[]',
      matrix: 'double[][]',
      cost: 'java.math.BigDecimal',
      level: 'com.example.rank.Level',
      levels: 'java.util.List<com.example.rank.Level>',
      code: 'java.lang.Integer',
      extra: 'java.util.Map<java.lang.String, java.lang.Object>',
      previous: 'com.example.rank.RankResult'
    }
  },
  'com.example.Flat': { fields: { a: 'int', b: 'double[]', c: 'java.lang.String' } },
  'com.example.Wide': {
    fields: { a: 'java.lang.String', ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'int'])) }
  },
  'com.example.Box': { fields: { first: 'T', rows: 'java.util.List<T>', array: 'T[]' } },
  'com.example.Page': { fields: { rows: 'java.util.List<T>' } }
})

export type Form = 'maps' | 'objects' | 'generic'

/** The bytes of a JSON text written as the Java type; nothing may be left of the text. */
export function writeAs(type: string, json: string, form: Form = 'maps'): Buffer {
  const reader = new JsonReader(Buffer.from(json))
  const writer = new HessianWriter(16)
  writeJsonAs(reader, rankTypes.resolve(type), writer, form)
  reader.assertEnd()
  return writer.take()
}

export function hexAs(type: string, json: string, form: Form = 'maps'): string {
  return writeAs(type, json, form).toString('hex')
}

/** The value that was written, as the reading side decodes it. */
export function valueAs(type: string, json: string, form: Form = 'maps'): HessianValue {
  return decodeBytes(writeAs(type, json, form))[0] as HessianValue
}

/** What `write` makes of a new writer, as hexadecimal text. */
export function hexOf(write: (writer: HessianWriter) => void, initialBytes = 1): string {
  const writer = new HessianWriter(initialBytes)
  write(writer)
  return writer.take().toString('hex')
}
