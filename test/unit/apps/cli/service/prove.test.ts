import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'
import { decodeBytes, HDouble, HessianWriter, HInt, HList, HMap, HObject, writeJsonAs } from '#lib/hessian2'
import { createTypes, type TypeDefinitions } from '#lib/java-types'
import { JsonReader } from '#lib/json'
import { readTree } from '../../../../../src/apps/cli/service/json-tree.ts'
import { type CheckedService, proveSample, type SampleOutcome } from '../../../../../src/apps/cli/service/prove.ts'
import { readBack } from '../../../../../src/apps/cli/service/read-back.ts'
import { readSamples } from '../../../../../src/apps/cli/service/samples.ts'

const definitions: TypeDefinitions = {
  'a.E': { enum: ['LOW', 'HIGH'] },
  'a.B': {
    fields: {
      ...{ id: 'long', d: 'double', e: 'a.E', money: 'java.math.BigDecimal', at: 'java.util.Date', blob: 'byte[]' },
      ...{ many: 'java.util.List<a.B>', by: 'java.util.Map<java.lang.Long, a.B>', s: 'java.lang.String', f: 'boolean' }
    }
  }
}
const types = createTypes(definitions)
const service = (methods: Service['methods']): CheckedService => ({
  service: { kind: 'Service', interface: 'a.S', methods } as Service,
  types
})
const model = (...protocols: string[]): ReadonlyMap<string, Model> =>
  new Map([
    ['m', { kind: 'Model', name: 'm', variants: protocols.map((protocol) => ({ protocol })) } as unknown as Model]
  ])
const prove = (
  answer: string,
  method: Partial<Service['methods'][number]> = {},
  models = model('tensorflow')
): SampleOutcome =>
  proveSample(
    {
      ...{ source: 's:1', service: 'a.S', method: 'go', parameters: undefined, protocol: undefined, result: undefined },
      answer: Buffer.from(answer)
    },
    [service([{ name: 'go', model: 'm', returns: 'a.B', ...method }])],
    models
  )

describe('proving a sample answer', () => {
  test('every kind of value survives both forms', () => {
    const outcome = prove(
      '{"predictions":[{"id":9007199254740993,"d":1,"e":"LOW","money":1.50,"at":1700000000000,"blob":"AAE=","many":[{"id":1}],"by":{"7":{"d":2.5}},"s":"x","f":true}]}'
    )
    assert.deepEqual([outcome.ok, outcome.lines.filter((line) => !line.startsWith('fields that'))], [true, []])
  })

  test('a value that cannot be the type fails with path, found and expected', () => {
    const { ok, lines } = prove('{"predictions":[{"many":[{"e":"MIDDLE"}]}]}')
    assert.equal(ok, false)
    assert.match(lines[0] ?? '', /many\[0\]\.e: found "MIDDLE", expected a\.E \(one of LOW, HIGH\)/)
  })

  test('keys that no field has and fields without key are named once, wherever they stand', () => {
    const { lines } = prove('{"predictions":[{"many":[{"idd":1},{"idd":2}],"d":1}]}')
    assert.match(lines[0] ?? '', /left out: many\[\]\.idd$/)
    assert.match(lines[1] ?? '', /null or 0 in Java: id, e, money, /)
  })

  test('`output` picks the result, else the place of the protocol; the variants say which protocol it is', () => {
    assert.equal(prove('{"x":[{"d":1}]}', { output: 'x[0]' }).ok, true)
    assert.equal(prove('{"outputs":[{"data":{"d":1}}]}', {}, model('v2')).ok, true)
    assert.equal(prove('{"jsonData":{"d":1}}', {}, model('tensorflow', 'seldon')).ok, true)
    assert.match(prove('{"a":1}').lines[0] ?? '', /looked for predictions\[0\], outputs, found an object with a/)
  })

  test('without the model document the sample has to say the protocol', () => {
    assert.match(
      prove('{"d":1}', {}, new Map()).lines[0] ?? '',
      /found no Model document m, expected it .* or a `protocol`/
    )
  })

  test('nothing of an answer is used for void', () => {
    assert.equal(prove('{}', { returns: 'void' }).ok, true)
  })

  test('a method or service that is not there is named with those that are', () => {
    const outcome = proveSample(
      {
        source: 's:1',
        service: 'a.T',
        method: 'go',
        parameters: undefined,
        protocol: undefined,
        answer: Buffer.from('{}'),
        result: undefined
      },
      [service([{ name: 'go', model: 'm' }])],
      new Map()
    )
    assert.match(outcome.lines[0] ?? '', /service: found a\.T, expected one of a\.S/)
  })
})

describe('reading back', () => {
  const back = (returns: string, json: string, value: Parameters<typeof readBack>[2]) =>
    readBack(types.resolve(returns), readTree(new JsonReader(Buffer.from(json))), value, true)

  test('what writeJsonAs wrote is what the JSON says, also for NaN and in maps with long keys', () => {
    const json = '{"d":NaN,"by":{"1":{"d":-0.0}}}'
    const writer = new HessianWriter()
    writeJsonAs(new JsonReader(Buffer.from(json)), types.resolve('a.B'), writer, 'objects')
    assert.deepEqual(back('a.B', json, decodeBytes(Buffer.from(writer.take()))[0] ?? null), [])
  })

  const wrong: [string, string, string, Parameters<typeof readBack>[2]][] = [
    ['an int where a double is declared', 'double', '1', new HInt(1)],
    ['another number', 'double', '1.5', new HDouble(2)],
    ['a string where an enum is declared', 'a.E', '"LOW"', 'LOW'],
    ['an enum of another class', 'a.E', '"LOW"', new HObject('a.F', ['name'], ['LOW'])],
    [
      'a decimal with a digit less',
      'java.math.BigDecimal',
      '1.50',
      new HObject('java.math.BigDecimal', ['value'], ['1.5'])
    ],
    ['a shorter list', 'java.util.List<java.lang.Double>', '[1,2]', new HList([new HDouble(1)])],
    ['a map where an object is due', 'a.B', '{"d":1}', new HMap(['d'], [new HDouble(1)])],
    ['a lost field', 'a.B', '{"d":1}', new HObject('a.B', [], [])],
    [
      'an int key where a string is declared',
      'java.util.Map<java.lang.String,java.lang.String>',
      '{"1":"x"}',
      new HMap([new HInt(1)], ['x'])
    ],
    ['null for a value', 'double', '1', null]
  ]
  for (const [what, returns, json, value] of wrong) {
    test(`${what} is found`, () => {
      assert.equal(back(returns, json, value).length, 1)
    })
  }
})

describe('samples', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-samples-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  test('the answer of a JSON line is cut out byte for byte', async () => {
    const path = write('a.jsonl', '{"service":"a.S","method":"go","answer": {"x":1.0, "y":9007199254740993} }\n\n')
    const [sample] = await readSamples(path)
    assert.equal(sample?.answer?.toString(), '{"x":1.0, "y":9007199254740993}')
    assert.match(sample?.source ?? '', /a\.jsonl:1$/)
  })

  test('numbers of YAML stay as they are written', async () => {
    const path = write(
      'b.yaml',
      '- service: a.S\n  method: go\n  result: {x: 1.0, y: 9007199254740993, z: [true, null, "1"]}\n'
    )
    const [sample] = await readSamples(path)
    assert.equal(sample?.result?.toString(), '{"x":1.0,"y":9007199254740993,"z":[true,null,"1"]}')
  })

  for (const [text, why] of [
    ['{"service":"a.S","method":"go"}', /exactly one of answer/],
    ['{"service":"a.S","method":"go","answer":1,"result":1}', /exactly one of answer/],
    ['{"method":"go","answer":1}', /service: found nothing/],
    ['{"service":"a.S","method":"go","answer":1,"anwser":2}', /found key "anwser"/],
    ['{"service":"a.S","method":"go","parameters":"x","answer":1}', /parameters: expected a list/],
    ['[1]', /c\.jsonl:1: /],
    ['', /found no samples/]
  ] as const) {
    test(`${text || 'an empty file'} is refused`, async () => {
      await assert.rejects(readSamples(write('c.jsonl', text)), { code: 'ABOX_SERVICE_SAMPLE', message: why })
    })
  }
})
