import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  decodeBytes,
  defaultBudget,
  encodeValue,
  HDate,
  HDouble,
  HessianScan,
  type HessianValue,
  HessianWriter,
  HInt,
  HList,
  HLong,
  type HObject,
  writeJson,
  writeJsonAs
} from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { JsonReader, JsonSink } from '#lib/json'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { mapOf, objectOf } from '../../harness/hessian-values.ts'
import { blocksOf, codesOf, readText, tableUnder } from './markdown.ts'

const PAGE = 'docs/hooks.md'
const HANDLES = 'com.alibaba.com.caucho.hessian.io.java8.'

const types = createTypes({
  'com.example.rank.Level': { enum: ['LOW', 'HIGH'] },
  'com.example.rank.Item': { fields: { id: 'long', price: 'double' } }
})

/** What a Java consumer sends for one value of each type of the table. */
const sent: Readonly<Record<string, HessianValue>> = {
  int: new HInt(7),
  long: new HLong(9_007_199_254_740_993n),
  double: new HDouble(0.25),
  float: new HDouble(Math.fround(1.1)),
  boolean: true,
  char: 'x',
  'java.lang.String': 'hi',
  'java.math.BigDecimal': objectOf('java.math.BigDecimal', [['value', '12.50']]),
  'java.math.BigInteger': bigInteger(123_456_789_012_345_678_901n),
  'java.util.Date': new HDate(1_700_000_000_123n),
  'java.time.LocalDate': localDate(),
  'java.time.LocalDateTime': objectOf(`${HANDLES}LocalDateTimeHandle`, [
    ['date', localDate()],
    [
      'time',
      objectOf(`${HANDLES}LocalTimeHandle`, [
        ['hour', new HInt(12)],
        ['minute', new HInt(30)],
        ['second', new HInt(15)],
        ['nano', new HInt(0)]
      ])
    ]
  ]),
  'java.time.Instant': objectOf(`${HANDLES}InstantHandle`, [
    ['seconds', new HLong(1_700_000_000n)],
    ['nanos', new HInt(123_000_000)]
  ]),
  'java.util.UUID': objectOf('java.util.UUID', [['value', '123e4567-e89b-12d3-a456-426614174000']]),
  'byte[]': Buffer.from([1, 2, 3]),
  'double[]': new HList([new HDouble(1), new HDouble(0.25)], '[double'),
  'java.util.List<java.lang.Double>': new HList([new HDouble(1), new HDouble(0.25)]),
  'java.util.Map<java.lang.String,java.lang.Double>': mapOf([['a', new HDouble(1)]]),
  'com.example.rank.Level': objectOf('com.example.rank.Level', [['name', 'HIGH']]),
  'com.example.rank.Item': objectOf('com.example.rank.Item', [
    ['id', new HLong(1n)],
    ['price', new HDouble(2.5)]
  ])
}

describe('docs/hooks.md', () => {
  const { rows } = tableUnder(readText(PAGE), 'Java types as JSON')
  let sandbox: Sandbox

  before(async () => {
    sandbox = await createSandbox({ source: 'export const same = (value) => value', name: 'same' })
  })
  after(() => sandbox.dispose())

  for (const [name = '', seen = '', returned = ''] of rows) {
    const type = codesOf(name)[0] ?? ''
    test(`${name}: an argument looks like ${seen} in a hook`, async () => {
      const value = name.endsWith('(null)') ? null : sent[type]
      assert.notEqual(value, undefined, `no example of ${type}`)
      assert.equal(await sandbox.call('same', [toJson(value ?? null)]), codesOf(seen)[0])
    })

    test(`${name}: ${returned} may be returned`, () => {
      for (const json of codesOf(returned)) {
        for (const form of ['maps', 'objects'] as const) {
          const writer = new HessianWriter()
          writeJsonAs(new JsonReader(Buffer.from(json)), types.resolve(type), writer, form)
          assert.equal(decodeBytes(Buffer.from(writer.take())).length, 1)
        }
      }
    })
  }

  test('every hook that it shows compiles and exports pre or post', async () => {
    for (const { language, text } of blocksOf(readText(PAGE))) {
      if (language !== 'js') continue
      const shown = await createSandbox({ source: text, name: 'shown' })
      assert.ok(shown.exports.includes('pre') || shown.exports.includes('post'))
      shown.dispose()
    }
  })

  test('the samples of the first one prove it', async () => {
    const first = blocksOf(readText(PAGE)).find(({ language }) => language === 'js')?.text ?? ''
    const shown = await createSandbox({ source: first, name: 'first' })
    const samples = JSON.parse(shown.readExport('samples') ?? '[]') as Record<string, unknown>[]
    assert.equal(samples.length, 1)
    for (const { call, expectRequest, reply, expect } of samples) {
      assert.deepEqual(JSON.parse(await shown.call('pre', [JSON.stringify(call)])), { body: expectRequest })
      assert.deepEqual(JSON.parse(await shown.call('post', [JSON.stringify(reply), JSON.stringify(call)])), expect)
    }
    shown.dispose()
  })
})

function toJson(value: HessianValue): string {
  const writer = new HessianWriter()
  encodeValue(writer, value)
  const bytes = Buffer.from(writer.take())
  const scan = new HessianScan(bytes, 0, bytes.length, defaultBudget)
  const sink = new JsonSink()
  writeJson(scan, scan.skip(), sink, types)
  return sink.take().toString('utf8')
}

function localDate(): HObject {
  return objectOf(`${HANDLES}LocalDateHandle`, [
    ['year', new HInt(2024)],
    ['month', new HInt(2)],
    ['day', new HInt(29)]
  ])
}

function bigInteger(value: bigint): HObject {
  const words: HInt[] = []
  for (let rest = value; rest > 0n; rest >>= 32n) words.unshift(new HInt(Number(BigInt.asIntN(32, rest))))
  return objectOf('java.math.BigInteger', [
    ['signum', new HInt(1)],
    ['mag', new HList(words, '[int')]
  ])
}
