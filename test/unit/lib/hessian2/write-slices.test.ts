import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { type AnswerForm, AnswerSteps, HessianWriter, type JavaType, writeJsonAs } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { JsonReader, LARGE_BYTES, LargeOutline } from '#lib/json'
import { runCampaign } from '../../../harness/fuzz/campaign.ts'
import { seedOf } from '../../../harness/fuzz/chance.ts'
import { mutateText, seedTexts } from '../../../harness/fuzz/json-target.ts'

const types = createTypes({
  'a.Level': { enum: ['LOW', 'MIDDLE', 'HIGH'] },
  'a.Every': {
    fields: {
      one: 'int',
      far: 'long',
      text: 'java.lang.String',
      cost: 'java.math.BigDecimal',
      level: 'a.Level',
      levels: 'java.util.EnumSet<a.Level>',
      bits: 'java.util.BitSet',
      at: 'java.util.Date',
      day: 'java.time.LocalDate',
      raw: 'byte[]',
      id: 'java.util.UUID',
      row: 'double[]',
      rows: 'int[][]',
      scores: 'java.util.List<java.lang.Double>',
      byName: 'java.util.Map<java.lang.String, java.lang.Long>',
      extra: 'java.lang.Object',
      next: 'a.Every',
      more: 'java.util.List<a.Every>'
    }
  },
  'a.Flat': { fields: { a: 'int', b: 'double[]', c: 'java.lang.String' } }
})
const EVERY = types.resolve('a.Every')
const OBJECT = types.resolve('java.lang.Object')
const TYPES: readonly JavaType[] = [
  OBJECT,
  EVERY,
  ...['java.util.List<java.lang.Object>', 'java.util.Map<java.lang.String, a.Flat>', 'java.util.List<a.Flat>'],
  ...['java.util.Map<java.lang.Long, java.lang.Object>', 'double[]', 'long[]', 'byte[]', 'java.lang.String'],
  ...['java.util.Set<java.lang.Integer>', 'java.util.BitSet', 'java.util.EnumSet<a.Level>', 'java.math.BigDecimal']
].map((type) => (typeof type === 'string' ? types.resolve(type) : type))
const FORMS: readonly AnswerForm[] = ['objects', 'maps', 'generic']

/** What is written, or the message of the error that it ends with. */
function outcome(write: (writer: HessianWriter) => void): string {
  const writer = new HessianWriter(16)
  try {
    write(writer)
    return writer.take().toString('hex')
  } catch (error) {
    if (!(error instanceof AboxError)) throw error
    return error.message
  }
}

const atOnce = (json: Buffer, type: JavaType, form: AnswerForm): string =>
  outcome((writer) => writeJsonAs(new JsonReader(json), type, writer, form))

/** In steps of so many bytes, where what has `large` bytes is large. Undefined when the text is no JSON. */
function inSteps(json: Buffer, type: JavaType, form: AnswerForm, bytes: number, large: number): string | undefined {
  const outline = new LargeOutline(json, large)
  try {
    while (!outline.walk(bytes)) {}
  } catch (error) {
    assert.ok(error instanceof AboxError)
    return undefined
  }
  return outcome((writer) => {
    const reader = new JsonReader(json)
    const steps = new AnswerSteps(outline, reader, type, writer, form)
    while (!steps.step(bytes)) {}
    reader.assertEnd()
  })
}

function assertSame(json: Buffer, type: JavaType, bytes: number, large: number): void {
  for (const form of FORMS) {
    const found = inSteps(json, type, form, bytes, large)
    if (found !== undefined) assert.equal(found, atOnce(json, type, form), `${type.text}, ${form}: ${json.toString()}`)
  }
}

test('any JSON value becomes the same bytes in steps as at once', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.nat(40), fc.constantFrom(1, 3, 16), (value, bytes, large) =>
      assertSame(Buffer.from(JSON.stringify(value)), OBJECT, bytes + 1, large)
    ),
    { numRuns: 1000 }
  )
})

test('whatever the JSON and the type, steps write the same bytes or refuse with the same message', () => {
  const seeds = [
    ...seedTexts(),
    ...[
      '{"bits":[1,2,63,64,65,200],"levels":["LOW","HIGH","LOW","MIDDLE"],"raw":"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="}',
      '{"rows":[[1,2,3,4,5,6],[3,-4,100000,2147483647]],"row":[1,2,null,4.5],"one":1,"unknown":{"a":[1,2,3,4,5]}}',
      '[1,2,3,4,9007199254740993,5,"6",7,8.0,9,10,1.5,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]',
      '{"a":{"b":[1,2,3,4,5.5,6,7],"a":3},"b":{"a":1,"c":"a longer string with \\u00e9 and \\ud83d\\ude00 and é"}}',
      '[{"a":1,"b":[1,2,3,4,5,6]},{"b":[1,2,3,4,5,6],"a":1},{},{"c":"some text of a flat bean"},{"a":1,"b":[1,2,3,4,5,6]}]',
      '{"9007199254740993":[1,2,3],"12":{"12345678901234567890":["a","b"]},"\\u0031\\u0032\\u0033":1}'
    ].map((text) => Buffer.from(text))
  ]
  runCampaign({
    name: 'steps',
    seed: seedOf(20_262),
    runs: 3000,
    capMs: 20_000,
    make: (pick) => mutateText(seeds, pick),
    check(text, run) {
      for (const type of TYPES) assertSame(text, type, 1 + (run % 50), 1 + (run % 3) * 20)
    }
  })
})

test('a long string is cut into the same chunks, wherever its characters lie', () => {
  const unit = fc.constantFrom('a', 'é', '中', '😀', '\n', '"', '\\', '\ud83d', '\ude00')
  const text = fc
    .array(fc.tuple(unit, fc.constantFrom(1, 2, 7, 16_383, 32_767, 40_000)), { minLength: 1, maxLength: 5 })
    .map((runs) => runs.map(([each, count]) => each.repeat(count)).join(''))
  fc.assert(
    fc.property(text, fc.boolean(), fc.constantFrom('java.lang.String', 'java.lang.Object'), (value, ascii, type) => {
      const json = JSON.stringify(value)
      const escaped = ascii
        ? json.replace(/[\u0080-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : json
      assertSame(Buffer.from(escaped), types.resolve(type), 5000, LARGE_BYTES)
      assertSame(Buffer.from(`{${escaped}:1}`), OBJECT, 5000, LARGE_BYTES)
    }),
    { numRuns: 40 }
  )
})

test('long Base64 becomes the same bytes, and is refused in the same way', () => {
  const bytes = types.resolve('byte[]')
  const text = Buffer.alloc(50_000, 'some bytes').toString('base64')
  for (const each of [
    text,
    text.slice(0, -1),
    `${text.slice(0, 30_000)}=${text.slice(30_001)}`,
    text.replaceAll('b', '\\u0062')
  ]) {
    assertSame(Buffer.from(`"${each}"`), bytes, 3000, LARGE_BYTES)
  }
})

test('no step passes far beyond what it was given', () => {
  const row = `[${'1.5,'.repeat(500)}2]`
  const json = Buffer.from(`{"a":[${`{"b":${row},"c":[[],[],{}]},`.repeat(100)}0]}`)
  const outline = new LargeOutline(json)
  while (!outline.walk(1000)) {}
  const reader = new JsonReader(json)
  const steps = new AnswerSteps(outline, reader, OBJECT, new HessianWriter(), 'objects')
  let before = 0
  let count = 0
  do {
    assert.ok(reader.pos - before <= 1000 + LARGE_BYTES, `${reader.pos - before} bytes in one step`)
    before = reader.pos
    count++
  } while (!steps.step(1000))
  assert.ok(count > json.length / (1000 + LARGE_BYTES))
})

test('a text of more than 64 KiB is refused at once where neither text nor bytes are declared', () => {
  const json = Buffer.from(`[1,"${'1'.repeat(70_000)}"]`)
  assert.match(
    inSteps(json, types.resolve('java.util.List<java.time.Duration>'), 'objects', 1000, LARGE_BYTES) ?? '',
    /^ABOX_ANSWER_TYPE: \[0\]: found 1, expected/
  )
  assert.match(
    inSteps(json, types.resolve('java.util.List<java.math.BigDecimal>'), 'objects', 1000, LARGE_BYTES) ?? '',
    /^ABOX_ANSWER_TYPE: \[1\]: found "1111.*, expected java.math.BigDecimal$/
  )
})

test('an object whose keys repeat without end is refused', () => {
  const json = Buffer.from(`{${'"a":1,'.repeat(20_000)}"a":1}`)
  assert.match(
    inSteps(json, types.resolve('a.Flat'), 'objects', 1000, LARGE_BYTES) ?? '',
    /^ABOX_ANSWER_TYPE: the result: found an object, expected a.Flat \(an object of at most 16384 fields\)$/
  )
})
