import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { AboxError } from '#core/errors'
import {
  decodeBytes,
  defaultBudget,
  encodeValue,
  HessianScan,
  HessianWriter,
  writeJson,
  writeJsonAs
} from '#lib/hessian2'
import { createTypes, type JavaTypes } from '#lib/java-types'
import { JsonReader, JsonSink } from '#lib/json'
import { describeWithPeers } from '../../harness/peers.ts'
import { type HessianLite, type LiteSample, type LiteVersion, startHessianLite } from '../../peers/hessian-lite.ts'
import { canonicalJson } from './canonical-json.ts'
import {
  expectedJson,
  NOT_DECLARABLE,
  NOT_MADE_AGAIN,
  NOT_REALIZED,
  SAYS_NOTHING,
  UNREADABLE,
  UNWRITABLE,
  WITHOUT_JSON
} from './hessian2-samples.ts'

// Java is the judge: whatever hessian-lite writes we read, and whatever we write hessian-lite reads as the same.

type Written = LiteSample & { readonly hex: string }
type Form = 'maps' | 'objects'

/** One sample nests 100 deep. */
const budget = { ...defaultBudget, maxDepth: 128 }
const UNSAFE = 'com.caucho.hessian.unsafe'
const COMPACT = 'com.caucho.hessian.io.java.time.serializer.compactMode'

for (const [name, lite, properties] of [
  ['3.2.13', '32', {}],
  ['4.0.4', '40', {}],
  ['4.0.4 with compact times', '40', { [COMPACT]: 'true' }]
] as const) {
  describeWithPeers(`hessian-lite ${name}`, ['hessian'], () => {
    let java: HessianLite
    let samples: Written[]
    let unwritten: string[]
    let types: JavaTypes
    before(async () => {
      java = await startHessianLite({ lite, properties })
      const all = await java.list()
      samples = all.filter((sample): sample is Written => sample.hex !== undefined)
      unwritten = all.filter((sample) => sample.hex === undefined).map((sample) => sample.name)
      types = createTypes(await java.types())
    })
    after(() => java.stop())

    /** Asks the same of every sample, so that all that is wrong shows at once. A `question` answers '' when nothing is. */
    const everySample = async (question: (sample: Written) => Promise<string> | string): Promise<void> => {
      const wrong: string[] = []
      for (const sample of samples) {
        let answer: string
        try {
          answer = await question(sample)
        } catch (error) {
          answer = String(error)
        }
        if (answer !== '') wrong.push(`${sample.name}: ${answer.slice(0, 400)}`)
      }
      assert.deepEqual(wrong, [])
    }

    test('Java writes the samples, and reads its own bytes', async () => {
      assert.ok(samples.length > 400)
      assert.deepEqual(new Set(unwritten), UNWRITABLE[lite])
      const unread: string[] = []
      for (const { name: sample, hex } of samples) if ((await java.same(hex, hex)) !== '') unread.push(sample)
      assert.deepEqual(new Set(unread), UNREADABLE[lite])
    })

    test('what is read and written again Java reads as the same graph, shared references and cycles included', () =>
      everySample(({ name: sample, hex }) => {
        const values = decodeBytes(Buffer.from(hex, 'hex'), budget)
        if (values.length !== 1) return `it is read as ${values.length} values: ${hex}`
        const writer = new HessianWriter(64)
        encodeValue(writer, values[0] ?? null)
        return UNREADABLE[lite].has(sample) ? '' : java.same(hex, writer.take().toString('hex'))
      }))

    test('no beginning of a value is taken for a whole one', () =>
      everySample(({ hex }) => {
        const bytes = Buffer.from(hex, 'hex')
        for (let length = 1; length < bytes.length && bytes.length <= 400; length++) {
          try {
            decodeBytes(bytes.subarray(0, length), budget)
            return `${length} of ${bytes.length} bytes are read: ${hex}`
          } catch (error) {
            if (!(error instanceof AboxError) || !error.code.startsWith('ABOX_HESSIAN_'))
              return `${length}: ${String(error)}`
          }
        }
        return ''
      }))

    test('the JSON is what the value means', () => {
      let stated = 0
      return everySample(({ name: sample, hex }) => {
        const expected = UNREADABLE[lite].has(sample) ? undefined : expectedJson(sample)
        if (expected === undefined) return ''
        stated++
        const found = jsonOf(hex)
        return canonicalJson(found) === canonicalJson(expected) ? '' : `found ${found}, expected ${expected}`
      }).then(() => assert.ok(stated > 250, `${stated} are stated`))
    })

    test('what contains itself, or has keys without text, has no JSON and is refused with a code', () =>
      everySample(({ name: sample, hex }) => {
        try {
          jsonOf(hex)
          return WITHOUT_JSON.test(sample) ? 'it has JSON' : ''
        } catch (error) {
          const refused = error instanceof AboxError && /^ABOX_HESSIAN_(?:CYCLE|KEY)$/.test(error.code)
          return refused && WITHOUT_JSON.test(sample) ? '' : String(error)
        }
      }))

    test('JSON can be written as every type that an interface may declare', () => {
      const unknown = new Set<string>()
      for (const { type } of samples) {
        try {
          types.resolve(type)
        } catch {
          unknown.add(type)
        }
      }
      const writable = lite === '32' ? NOT_DECLARABLE.filter((type) => !type.includes('.chrono.')) : NOT_DECLARABLE
      assert.deepEqual([...unknown].sort(), writable)
    })

    /** The JSON of the sample, written as its declared type in this form; undefined when this is no question to ask of it. */
    const writtenAs = (form: Form, { name: sample, type, hex }: Written): string | undefined => {
      if (NOT_DECLARABLE.includes(type) || SAYS_NOTHING.test(type)) return undefined
      if (WITHOUT_JSON.test(sample) || NOT_MADE_AGAIN.has(sample) || UNREADABLE[lite].has(sample)) return undefined
      const reader = new JsonReader(Buffer.from(jsonOf(hex)))
      const writer = new HessianWriter(64)
      writeJsonAs(reader, types.resolve(type), writer, form)
      reader.assertEnd()
      return writer.take().toString('hex')
    }

    test('JSON written as the declared type, in objects, is read by a typed call as the value', () =>
      everySample(async (sample) => {
        // 4.0.4 spoils float fields, see below.
        if (lite === '40' && sample.name === 'Floats') return ''
        const hex = writtenAs('objects', sample)
        return hex === undefined ? '' : (await java.check(sample.name, hex)).declared
      }))

    test('JSON written as the declared type, in maps, is made the value by a generic call', () =>
      everySample(async (sample) => {
        const hex = NOT_REALIZED[lite].has(sample.name) ? undefined : writtenAs('maps', sample)
        if (hex === undefined) return ''
        const { realized, declaredRealized } = await java.check(sample.name, hex)
        // 3.2.13 serves Dubbo 2.7, which reads the declared class before it converts, and 3.2, which does not.
        return lite === '32' ? realized || declaredRealized : realized
      }))

    if (!(COMPACT in properties)) {
      test('the recorded bytes are of these samples', () => {
        if (process.env['ABOX_UPDATE_FIXTURES'] === '1') record(lite, samples)
        const recorded = readFileSync(fixture(lite), 'utf8').trimEnd().split('\n')
        assert.deepEqual(
          recorded.map((line) => (JSON.parse(line) as Written).name),
          recordable(samples).map((sample) => sample.name)
        )
      })
    }

    /** JSON text of the value, enums told apart as a gateway does that knows the service. */
    const jsonOf = (hex: string): string => {
      const bytes = Buffer.from(hex, 'hex')
      const scan = new HessianScan(bytes, 0, bytes.length, budget)
      const sink = new JsonSink()
      writeJson(scan, scan.skip(), sink, { isEnum: types.isEnum })
      return sink.take().toString('utf8')
    }
  })
}

describeWithPeers('hessian-lite 4.0.4 and float fields', ['hessian'], () => {
  test('it spoils them in its own bytes, unless told not to use Unsafe; then it reads ours right', async () => {
    const json =
      '{"first":1.1,"second":-2.5,"neighbour":1.0,"small":300,"letter":"c","boxed":1.1,"array":[1.1,0,NaN],"doubles":[1]}'
    for (const [properties, right] of [
      [{}, false],
      [{ [UNSAFE]: 'false' }, true]
    ] as const) {
      const java = await startHessianLite({ lite: '40', properties })
      try {
        const own = (await java.list()).find((sample) => sample.name === 'Floats')
        assert.equal(own?.declared === undefined, right, own?.declared)
        const writer = new HessianWriter(64)
        const type = createTypes(await java.types()).resolve('com.example.types.Floats')
        writeJsonAs(new JsonReader(Buffer.from(json)), type, writer, 'objects')
        assert.equal((await java.check('Floats', writer.take().toString('hex'))).declared === '', right)
      } finally {
        await java.stop()
      }
    }
  })
})

const fixture = (lite: LiteVersion): URL => new URL(`../../fixtures/hessian/lite-${lite}.jsonl`, import.meta.url)

/** Samples of at most 4 KB of hexadecimal text. */
const recordable = (samples: readonly Written[]): Written[] => samples.filter((sample) => sample.hex.length <= 4096)

function record(lite: LiteVersion, samples: readonly Written[]): void {
  const lines = recordable(samples).map(({ name, type, hex }) => `${JSON.stringify({ name, type, hex })}\n`)
  writeFileSync(fixture(lite), lines.join(''))
}
