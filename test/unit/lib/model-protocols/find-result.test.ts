import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { parsePath } from '#lib/json'
import { findResult, type ModelProtocol } from '#lib/model-protocols'
import { type Recorded, recorded, resultOf, textAt } from './recorded.ts'

const find = (protocol: ModelProtocol, body: string, output?: string): string => {
  const bytes = Buffer.from(body)
  return textAt(findResult(protocol, bytes, output === undefined ? undefined : parsePath(output)), bytes)
}

describe('results of recorded answers', () => {
  const cases: [string, ModelProtocol, Recorded, string][] = [
    ['KServe V1', 'tensorflow', recorded('kserve-v1v2', 'v1'), '3'],
    ['KServe V1, text', 'tensorflow', recorded('kserve-v1v2', 'v1-strings'), '"a"'],
    ['KServe V1, a big integer', 'tensorflow', recorded('kserve-v1v2', 'v1-bigint'), '9007199254740993'],
    ['KServe V1, NaN that it writes as null', 'tensorflow', recorded('kserve-v1v2', 'v1-nan-out'), 'null'],
    ['KServe V1 behind the Seldon executor', 'tensorflow', recorded('seldon-pod-tensorflow-kserve', 'predict'), '3'],
    ['Seldon ndarray', 'seldon', recorded('seldon-wrapper', 'ndarray'), '[[15.0],[37.5]]'],
    ['Seldon tensor', 'seldon', recorded('seldon-wrapper', 'tensor'), '{"shape":[2,1],"values":[7.5,17.5]}'],
    [
      'Seldon jsonData',
      'seldon',
      recorded('seldon-wrapper', 'jsonData'),
      '{"a":[1,{"b":null}],"big":12345678901234568}'
    ],
    ['Seldon strData', 'seldon', recorded('seldon-pod-single', 'strData-html'), '"a\\u003cb\\u003e\\u0026\\"c"'],
    ['Seldon binData', 'seldon', recorded('seldon-wrapper', 'binData'), '"aGVsbG8="'],
    ['Seldon with bare NaN', 'seldon', recorded('seldon-pod-single', 'nan-out'), '[[NaN,Infinity,-Infinity]]'],
    [
      'Seldon with 64-bit integers',
      'seldon',
      recorded('seldon-wrapper', 'big-out'),
      '[[9007199254740993,-9223372036854775808]]'
    ],
    [
      'Seldon with a huge integer',
      'seldon',
      recorded('seldon-wrapper', 'huge-int'),
      '[[123456789012345678901234567890]]'
    ],
    ['MLServer', 'v2', recorded('mlserver-v2', 'fp64'), '[6.0,15.0]'],
    ['MLServer, text', 'v2', recorded('mlserver-v2', 'bytes'), '["a","hé"]'],
    ['MLServer, 64-bit integers', 'v2', recorded('mlserver-v2', 'big-out'), '[9007199254740993,-9223372036854775808]'],
    ['MLServer, NaN that it writes as null', 'v2', recorded('mlserver-v2', 'nan-out'), '[null,null]'],
    ['MLServer behind the Seldon executor', 'v2', recorded('seldon-pod-v2-mlserver', 'fp64'), '[6.0,15.0]']
  ]
  for (const [name, protocol, answer, expected] of cases) {
    it(`are found byte for byte: ${name}`, () => {
      assert.equal(resultOf(protocol, answer), expected)
    })
  }

  it('are found where the route says, whatever the protocol', () => {
    const seldon = recorded('seldon-wrapper', 'ndarray')
    assert.equal(resultOf('seldon', seldon, parsePath('data.ndarray[1][0]')), '37.5')
    assert.equal(resultOf('seldon', seldon, parsePath('meta.tags.model')), '"sum"')
    const v2 = recorded('mlserver-v2', 'fp64')
    assert.equal(resultOf('v2', v2, parsePath('outputs[0].shape')), '[2,1]')
    assert.equal(resultOf('v2', v2, parsePath('')), v2.body.toString())
  })
})

describe('the place of the result', () => {
  it('is predictions[0], else outputs, for TensorFlow', () => {
    assert.equal(find('tensorflow', '{"predictions": [[0.25, NaN], [1]]}'), '[0.25, NaN]')
    assert.equal(find('tensorflow', '{"outputs": {"a": [1]}}'), '{"a": [1]}')
    assert.equal(find('tensorflow', '{"outputs":1,"predictions":[2]}'), '2')
    assert.equal(find('tensorflow', '{"predictions":[],"outputs":1}'), '1')
    assert.equal(find('tensorflow', '{"predictions":{"a":1},"outputs":2}'), '2')
    assert.equal(find('tensorflow', '{"note":"predictions","outputs":2}'), '2')
  })

  it('is the kind of data that is there, data first, for Seldon', () => {
    assert.equal(find('seldon', '{"jsonData":1,"data":{"ndarray":[2]}}'), '[2]')
    assert.equal(find('seldon', '{"data":{"names":[]},"strData":"x"}'), '"x"')
    assert.equal(find('seldon', '{"jsonData":null}'), 'null')
  })

  it('is the whole body for raw answers', () => {
    assert.equal(find('raw', ' {"a":1}\n'), '{"a":1}')
    assert.equal(find('raw', '5'), '5')
  })

  it('is named with what is there instead when it is missing', () => {
    const cases: [ModelProtocol, string, string | undefined, RegExp][] = [
      [
        'tensorflow',
        '{"result":1,"model":"m"}',
        undefined,
        /looked for predictions\[0\], outputs, found an object with result, model$/
      ],
      ['tensorflow', '{"predictions":[]}', undefined, /found an object with predictions$/],
      [
        'seldon',
        '{"meta":{}}',
        undefined,
        /looked for data\.ndarray, data\.tensor, jsonData, strData, binData, found an object with meta$/
      ],
      ['v2', '{}', undefined, /looked for outputs\[0\]\.data, found an empty object$/],
      ['v2', '[1]', undefined, /found an array$/],
      ['raw', '{"a":[1]}', 'a[1]', /looked for a\[1\], found an object with a$/],
      ['tensorflow', '{"predictions":[1]}', 'outputs.score', /looked for outputs\.score/],
      ['v2', `{${Array.from({ length: 20 }, (_, n) => `"k${n}":0`).join()}}`, undefined, /with k0, .*k9, …$/]
    ]
    for (const [protocol, body, output, message] of cases) {
      assert.throws(() => find(protocol, body, output), { code: 'ABOX_ANSWER_MISSING', fault: 'upstream', message })
    }
  })

  it('of an answer that breaks off is a syntax error with its offset', () => {
    assert.throws(() => find('tensorflow', '{"predictions":'), { code: 'ABOX_JSON_SYNTAX', offset: 15 })
    assert.throws(() => find('seldon', '{"meta":{"a":1}, nonsense'), { code: 'ABOX_JSON_SYNTAX', offset: 17 })
  })

  it('fails only with coded errors, whatever the bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => Buffer.from(text.replace(/"[^"]*"/, '"outputs"')))
    )
    fc.assert(
      fc.property(bytes, fc.constantFrom<ModelProtocol>('tensorflow', 'seldon', 'v2', 'raw'), (body, protocol) => {
        try {
          findResult(protocol, Buffer.from(body))
        } catch (error) {
          assert.ok(error instanceof AboxError, String(error))
        }
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 1000 }
    )
  })
})
