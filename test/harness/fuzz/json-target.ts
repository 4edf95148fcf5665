import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync } from 'node:fs'
import { AboxError } from '#core/errors'
import { decodeBytes, HessianWriter, hessianWriteErrors, type JavaType, writeJsonAs } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { JsonReader, jsonErrors } from '#lib/json'
import type { Pick } from './chance.ts'
import { POISONS, PoisonedMemory } from './poison.ts'
import { assertNothingAdded } from './prototypes.ts'

const SERVING = new URL('../../fixtures/serving/', import.meta.url)
const KNOWN = new Set<string>([jsonErrors, hessianWriteErrors].flatMap((rows) => Object.keys(rows)))
/** What a byte of JSON may become at most, besides a fixed part: class definitions repeat names that the JSON leaves out. */
const GROWTH = 64

/** JSON texts to begin with: answers of model servers, and what uses all of the grammar. */
export function seedTexts(): Buffer[] {
  const lines = readdirSync(SERVING)
    .sort()
    .flatMap((file) => readFileSync(new URL(file, SERVING), 'utf8').split('\n'))
    .filter((line) => line !== '' && line.length < 3000)
  return [
    ...lines,
    '{"scores":[0.25,-1e-3,1E+5,NaN,-Infinity,0.1],"level":"LOW","at":1700000000123,"cost":12345678901234567890.0001}',
    '{"next":{"next":{"next":null,"more":[{},{"one":1}]}},"__proto__":{"isAdmin":true},"constructor":[]}',
    '{"byName":{"a":1,"\\u0061":2,"\\ud800":9007199254740993},"raw":"AAEC","id":"123e4567-e89b-12d3-a456-426614174000"}',
    '["\\ud83d\\ude00","😀","\\\\\\"\\/\\b\\f\\n\\r\\t","",{"":""},[[[[[]]]]],true,false,null,-0,0,1e400]',
    '{"rows":[[1,2],[3,-4]],"day":"2024-02-29","text":"中文","row":[1.0,2.5]}'
  ].map((text) => Buffer.from(text))
}

const PIECES = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '-', '.', 'e', 'E+', '0', '00', '1e999', '-0', '9'.repeat(40), 'NaN'],
  ...[
    'Infinity',
    '-Infinity',
    'null',
    'true',
    '"__proto__":',
    '\\u',
    '\\ud800',
    '\\u0000',
    '{"a":',
    '[[[[[[[[',
    '{"":{"":'
  ],
  ...['"LOW"', '"next":{', '"more":[{', '1700000000000', '"2024-01-01"', ' \n\t', '\u0000', '\x1f', '😀', '/*', "'"]
].map((text) => Buffer.from(text))
const BYTES = Buffer.from('{}[],:"\\0123456789-+.eENIntf \n\x00\x7f\x80\xc0\xe0\xed\xf0\xff', 'latin1')

/** A mutant of one of the texts. */
export function mutateText(seeds: readonly Buffer[], pick: Pick): Buffer {
  let bytes: Buffer = Buffer.from(seeds[pick(seeds.length)] as Buffer)
  for (let left = 1 + pick(4); left > 0; left--) {
    const at = pick(bytes.length + 1)
    const head = bytes.subarray(0, at)
    const kind = pick(7)
    if (kind === 0 && at < bytes.length) bytes[at] = BYTES[pick(BYTES.length)] as number
    else if (kind === 1 && at < bytes.length) bytes[at] = pick(256)
    else if (kind === 2) bytes = Buffer.concat([head, bytes.subarray(at + 1 + pick(8))])
    else if (kind === 3) bytes = Buffer.concat([head, PIECES[pick(PIECES.length)] as Buffer, bytes.subarray(at)])
    else if (kind === 4) {
      const other = seeds[pick(seeds.length)] as Buffer
      const from = pick(other.length)
      bytes = Buffer.concat([head, other.subarray(from, from + pick(100)), bytes.subarray(at)])
    } else if (kind === 5) {
      const unit = PIECES[pick(PIECES.length)] as Buffer
      bytes = Buffer.concat([head, Buffer.alloc(unit.length * (1 + pick(60)), unit), bytes.subarray(at)])
    } else if (pick(4) === 0) bytes = Buffer.from(head)
  }
  return bytes
}

const types = createTypes({
  'com.example.Level': { enum: ['LOW', 'MIDDLE', 'HIGH'] },
  'com.example.Every': {
    fields: {
      one: 'int',
      far: 'long',
      text: 'java.lang.String',
      cost: 'java.math.BigDecimal',
      level: 'com.example.Level',
      at: 'java.util.Date',
      day: 'java.time.LocalDate',
      raw: 'byte[]',
      id: 'java.util.UUID',
      row: 'double[]',
      rows: 'int[][]',
      scores: 'java.util.List<java.lang.Double>',
      byName: 'java.util.Map<java.lang.String, java.lang.Long>',
      extra: 'java.lang.Object',
      next: 'com.example.Every',
      more: 'java.util.List<com.example.Every>'
    }
  }
})
const TARGETS: readonly JavaType[] = [
  'java.lang.Object',
  'com.example.Every',
  'java.util.List<java.lang.Object>',
  'java.util.Map<java.lang.String, java.lang.Object>',
  'double[]',
  'java.math.BigDecimal',
  'java.lang.String'
].map((text) => types.resolve(text))

/** Feeds a text to all that reads JSON, twice in different surroundings, and throws when anything is wrong with it. */
export class JsonTarget {
  readonly #here = new PoisonedMemory()
  readonly #there = new PoisonedMemory()
  readonly #one = new HessianWriter()
  readonly #two = new HessianWriter()
  /** Texts that are JSON. */
  sound = 0

  run(text: Buffer, run: number): void {
    const [first, second] = POISONS[run % POISONS.length] as readonly [number, number]
    const here = this.#here.place(text, first)
    const there = this.#there.place(text, second)
    const read = (place: typeof here): string =>
      attempt(() => {
        const reader = new JsonReader(place.memory, place.start, place.end)
        reader.skip()
        reader.assertEnd()
      })
    const told = read(here)
    assert.equal(read(there), told, 'other bytes around the text make a difference')
    this.#likeJavaScript(text, told)
    if (told === 'ok') this.sound++
    for (const type of TARGETS) {
      for (const form of ['objects', 'maps'] as const) {
        const found = this.#write(this.#one, here, type, form)
        assert.equal(
          this.#write(this.#two, there, type, form),
          found,
          `${type.text}: the bytes around make a difference`
        )
        const bytes = this.#one.take()
        if (bytes.length > 1024 + GROWTH * text.length) assert.fail(`${text.length} bytes became ${bytes.length}`)
        if (!bytes.equals(this.#two.take())) assert.fail(`${type.text}: the bytes around the text were written`)
        if (found === 'ok') decodeBytes(bytes, { maxDepth: 300, maxNodes: 1_000_000, maxJsonBytes: 1 })
      }
    }
    assertNothingAdded()
  }

  #write(
    writer: HessianWriter,
    { memory, start, end }: { memory: Buffer; start: number; end: number },
    type: JavaType,
    form: 'objects' | 'maps'
  ): string {
    writer.reset()
    return attempt(() => writeJsonAs(new JsonReader(memory, start, end), type, writer, form))
  }

  /** JSON is what JavaScript reads, and the three numbers that it does not. */
  #likeJavaScript(text: Buffer, told: string): void {
    const string = text.toString('utf8')
    if (/NaN|Infinity/.test(string) || told.includes('TOO_DEEP')) return
    let accepted = isUtf8(text)
    try {
      JSON.parse(string)
    } catch {
      accepted = false
    }
    assert.equal(told === 'ok', accepted, `JavaScript ${accepted ? 'reads' : 'refuses'} it, found ${told}`)
  }
}

/** `ok`, or code and message of the error; other errors than those of JSON and of answers go on. */
function attempt(run: () => void): string {
  try {
    run()
    return 'ok'
  } catch (error) {
    if (!(error instanceof AboxError) || !KNOWN.has(error.code) || error.code === 'ABOX_HESSIAN_WRITE') throw error
    return error.message
  }
}
