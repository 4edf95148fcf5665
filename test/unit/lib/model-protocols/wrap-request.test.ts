import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ModelProtocol, wrapRequest, wrapRequestSlices } from '#lib/model-protocols'

const wrap = (protocol: ModelProtocol, input: string): string => wrapRequest(protocol, Buffer.from(input)).toString()

describe('requests without a hook', () => {
  it('put the input as the only instance for TensorFlow', () => {
    assert.equal(wrap('tensorflow', '[1,2.5]'), '{"instances":[[1,2.5]]}')
    assert.equal(wrap('tensorflow', '{"age":33,"city":"Łódź"}'), '{"instances":[{"age":33,"city":"Łódź"}]}')
    assert.equal(wrap('tensorflow', 'null'), '{"instances":[null]}')
  })

  it('put arrays in data.ndarray and everything else in jsonData for Seldon', () => {
    assert.equal(wrap('seldon', '[[1,2]]'), '{"data":{"ndarray":[[1,2]]}}')
    assert.equal(wrap('seldon', ' [] '), '{"data":{"ndarray": [] }}')
    assert.equal(wrap('seldon', '{"a":1}'), '{"jsonData":{"a":1}}')
    assert.equal(wrap('seldon', '"text"'), '{"jsonData":"text"}')
    assert.equal(wrap('seldon', '5'), '{"jsonData":5}')
  })

  it('send an input that is a whole request already as it is', () => {
    const whole: [ModelProtocol, string][] = [
      ['tensorflow', '{"instances":[[1]]}'],
      ['tensorflow', '{"signature_name":"s","inputs":{"x":[1]}}'],
      ['tensorflow', '{"a":{"b":[1,2]},"signature_name":"s"}'],
      ['seldon', '{"meta":{"puid":"p"},"data":{"ndarray":[[1]]}}'],
      ['seldon', '{"jsonData":{"a":1}}'],
      ['seldon', '{"strData":"x"}'],
      ['seldon', '{"binData":"eA=="}'],
      ['v2', '{"id":"1","inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[9007199254740993]}]}'],
      ['raw', '"anything"'],
      ['raw', '{"instances":1}']
    ]
    for (const [protocol, input] of whole) assert.equal(wrap(protocol, input), input)
  })

  it('are not misled by the same words further inside or as values', () => {
    assert.equal(
      wrap('tensorflow', '{"a":{"instances":1},"b":"inputs"}'),
      '{"instances":[{"a":{"instances":1},"b":"inputs"}]}'
    )
    assert.equal(wrap('seldon', '{"a":[{"data":1}],"b":"strData"}'), '{"jsonData":{"a":[{"data":1}],"b":"strData"}}')
    assert.equal(wrap('tensorflow', '["instances"]'), '{"instances":[["instances"]]}')
  })

  it('keep every byte of the input, NaN and integers of any size among them', () => {
    const input = '[NaN,Infinity,-Infinity,123456789012345678901234567890,1.0,1e300,-0.0,"\\u0000"]'
    assert.equal(wrap('tensorflow', input), `{"instances":[${input}]}`)
    fc.assert(
      fc.property(fc.json(), fc.constantFrom<ModelProtocol>('tensorflow', 'seldon', 'raw'), (text, protocol) =>
        wrap(protocol, text).includes(text)
      )
    )
  })

  it('say what is missing when the input is no V2 request', () => {
    const bad: [string, RegExp][] = [
      ['[1,2]', /found an array, expected a whole V2 request/],
      ['{"instances":[[1]]}', /found an object without the array inputs/],
      ['{"inputs":{"x":1}}', /found an object without the array inputs/],
      ['"x"', /found a string/],
      ['null', /found null/]
    ]
    for (const [input, message] of bad) {
      assert.throws(() => wrap('v2', input), { code: 'ABOX_MODEL_INPUT', fault: 'operator', message })
    }
  })
})

describe('requests made in slices', () => {
  const inSlices = (protocol: ModelProtocol, input: string, sliceBytes: number): string => {
    const slices = wrapRequestSlices(protocol, Buffer.from(input), sliceBytes)
    for (;;) {
      const { done, value } = slices.next()
      if (done === true) return value.toString()
    }
  }
  const outcome = (run: () => string): string => {
    try {
      return run()
    } catch (error) {
      return String(error)
    }
  }

  it('are those that are made at once', () => {
    const key = fc.constantFrom('a', 'instances', 'inputs', 'signature_name', 'data', 'jsonData', 'strData', 'binData')
    const inner = fc.oneof(fc.jsonValue({ maxDepth: 2 }), key, fc.dictionary(key, fc.constant([1]), { maxKeys: 2 }))
    const input = fc.oneof(fc.dictionary(key, inner, { maxKeys: 4 }), fc.array(inner, { maxLength: 3 }), inner)
    const protocol = fc.constantFrom<ModelProtocol>('tensorflow', 'seldon', 'v2', 'raw')
    fc.assert(
      fc.property(input, protocol, fc.integer({ min: 1, max: 50 }), (value, kind, sliceBytes) => {
        const text = JSON.stringify(value)
        assert.equal(
          outcome(() => inSlices(kind, text, sliceBytes)),
          outcome(() => wrap(kind, text))
        )
      }),
      { numRuns: 3000 }
    )
  })

  it('go on in another slice behind a long value', () => {
    for (const protocol of ['tensorflow', 'seldon', 'v2'] as const) {
      const input = Buffer.from(`{"a":[${'1,'.repeat(50_000)}1],"b":["instances","data"],"inputs":[]}`)
      const slices = wrapRequestSlices(protocol, input, 1000)
      let count = 1
      while (slices.next().done !== true) count++
      assert.ok(count > 90, `${protocol}: ${count} slices`)
    }
  })
})
