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
import { openRuntime } from '../../../src/apps/cli/hook/placement.ts'
import { testHook } from '../../../src/apps/cli/hook/test.ts'
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

  for (const [index, { language, text }] of blocksOf(readText(PAGE)).entries()) {
    if (language !== 'js' && language !== 'ts') continue
    test(`hook ${index} that it shows compiles, exports pre or post, and does what its samples say`, async () => {
      const name = `shown-${index}`
      const shown = await createSandbox({ source: text, name, language })
      assert.ok(shown.exports.includes('pre') || shown.exports.includes('post'))
      const proved = shown.values.includes('samples')
      shown.dispose()
      if (!proved) return
      const source = { path: `${name}.${language}`, name, label: name, digest: '', code: text, language } as const
      const report = await testHook(openRuntime('instance'), source)
      assert.deepEqual(
        report.samples.filter(({ ok }) => !ok),
        []
      )
      assert.deepEqual(report.coverage.missed, [])
    })
  }

  test('the first one has samples', () => {
    const first = blocksOf(readText(PAGE)).find(({ language }) => language === 'js')?.text ?? ''
    assert.match(first, /^export const samples = /m)
  })

  test('names every member of the library, and no other', async () => {
    const source = `
      const paths = (at, prefix) => Object.entries(at).flatMap(([name, value]) =>
        typeof value === 'function' ? [prefix + name] : paths(value, prefix + name + '.'))
      export const members = paths(udl, 'udl.').sort()
      export const post = () => {}`
    const library = await createSandbox({ source, name: 'members' })
    const shown = tableUnder(readText(PAGE), 'The library').rows.map(([cell = '']) => cell.match(/[\w.]+/)?.[0] ?? '')
    assert.deepEqual(shown.sort(), JSON.parse(library.readExport('members') ?? ''))
    library.dispose()
  })

  for (const [heading, type] of [
    ['What a hook gets and gives', 'Call'],
    ['Samples', 'Sample']
  ] as const) {
    test(`names every field of ${type} in udl/index.d.ts, and no other`, () => {
      const [, body = ''] =
        new RegExp(`interface ${type}\\b.* \\{\\n([\\s\\S]*?)\\n\\}`).exec(readText('udl/index.d.ts')) ?? []
      const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field)
      assert.ok(fields.length > 5)
      assert.deepEqual(
        tableUnder(readText(PAGE), heading)
          .rows.map(([cell = '']) => codesOf(cell)[0] ?? '')
          .sort(),
        fields.sort()
      )
    })
  }
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
