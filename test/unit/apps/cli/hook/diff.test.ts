import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diffHookJson } from '../../../../../src/apps/cli/hook/diff.ts'
import { parseHookJson, printHookJson } from '../../../../../src/apps/cli/hook/json.ts'

const diff = (expected: string, found: string, tolerance = 0) =>
  diffHookJson(parseHookJson(expected), parseHookJson(found), tolerance)

describe('differences of a sample', () => {
  test('the order of keys means nothing, that of a list does', () => {
    assert.deepEqual(diff('{"a":1,"b":[1,2]}', '{"b":[1,2],"a":1}'), [])
    assert.deepEqual(diff('[1,2]', '[2,1]'), [
      { path: '[0]', expected: '1', found: '2' },
      { path: '[1]', expected: '2', found: '1' }
    ])
  })

  test('each difference is told with its path, what is missing and what is too much included', () => {
    assert.deepEqual(diff('{"items":[{"id":1,"a b":2}],"x":1}', '{"items":[{"id":2},3],"y":null}'), [
      { path: 'items[0].id', expected: '1', found: '2' },
      { path: 'items[0]["a b"]', expected: '2' },
      { path: 'items[1]', found: '3' },
      { path: 'x', expected: '1' },
      { path: 'y', found: 'null' }
    ])
  })

  test('integers beyond 2^53 are compared digit by digit, with a tolerance too', () => {
    assert.equal(diff('9007199254740993', '9007199254740992').length, 1)
    assert.equal(diff('9007199254740993', '9007199254740994', 0.5).length, 1)
    assert.deepEqual(diff('9007199254740993', '9007199254740993'), [])
  })

  test('a number is never the same as a text, and null never the same as nothing', () => {
    assert.equal(diff('1', '"1"').length, 1)
    assert.equal(diff('{"a":null}', '{}').length, 1)
  })

  test('NaN is the same as NaN, an infinity as itself', () => {
    assert.deepEqual(diff('[NaN,Infinity]', '[NaN,Infinity]'), [])
    assert.equal(diff('[NaN,Infinity]', '[Infinity,NaN]', 0.1).length, 2)
  })

  test('a tolerance is a part of the larger number, near zero too', () => {
    assert.equal(diff('0.1', '0.10000000000000002').length, 1)
    assert.deepEqual(diff('0.1', '0.10000000000000002', 1e-9), [])
    assert.deepEqual(diff('1000000.5', '1000001', 1e-6), [])
    assert.equal(diff('1000000.5', '1000002', 1e-6).length, 1)
    assert.equal(diff('0.0005', '-0.0004', 1e-3).length, 1)
    assert.equal(diff('1e-7', '0', 1e-6).length, 1)
  })

  test('two integers are never within a tolerance: they are ids or counts', () => {
    assert.equal(diff('1000000', '1000001', 1e-5).length, 1)
    assert.equal(diff('2', '1', 0.9).length, 1)
  })

  test('a key that means something to JavaScript is a key like others', () => {
    const text = '{"__proto__":{"a":1},"constructor":2}'
    assert.equal(printHookJson(parseHookJson(text)), text)
    assert.equal(diff(text, '{"constructor":2}').length, 1)
  })

  test('a long value is shortened', () => {
    const [difference] = diff('1', JSON.stringify('x'.repeat(1000)))
    assert.match(difference?.found ?? '', /^"x{119}… \(1002 characters\)$/)
  })
})
