import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes, defaultBudget, HessianScan } from '#lib/hessian2'
import { cls, decode, int, json, refused, str, wire } from './wire.ts'

test('negative counts are refused', () => {
  for (const hex of ['58 8f', '58 49ffffffff', '56 01 61 8f', '43 01 41 8f', '43 01 41 4980000000']) {
    const error = refused('ABOX_HESSIAN_LENGTH', () => decode(hex))
    assert.match(error.message, /is -\d+, expected 0 to/)
  }
})

test('counts that the rest of the stream cannot hold are refused before anything is read', () => {
  const huge = int(0x7fffffff)
  for (const bytes of [wire('58', huge), wire('56 01 61', huge), wire('43 01 41', huge), wire('58', huge, '9090')]) {
    refused('ABOX_HESSIAN_TRUNCATED', () => decodeBytes(bytes))
  }
  refused('ABOX_HESSIAN_TRUNCATED', () => decode(cls('A', 'a', 'b', 'c'), '60 91'))
})

test('references, types and classes that were not sent yet are refused, with number and table in the message', () => {
  const wrong: [string, RegExp][] = [
    ['51 90', /number 0 of the list, map or object table, which has 0 entries/],
    ['79 51 91', /number 1 of the list/],
    ['51 8f', /number -1 of the list/],
    ['70 90', /number 0 of the type table/],
    ['4d 8f 5a', /number -1 of the type table/],
    ['60', /number 0 of the class table/],
    ['4f 49 7fffffff', /number 2147483647 of the class table/],
    ['43 01 41 90 61', /number 1 of the class table/]
  ]
  for (const [hex, message] of wrong) {
    const error = refused('ABOX_HESSIAN_REF', () => decode(hex))
    assert.match(error.message, message, hex)
  }
})

test('an object may not use a class that is defined inside itself', () => {
  refused('ABOX_HESSIAN_REF', () => decode('60', cls('A', 'a'), '60 91'))
})

test('a class definition without its object is refused', () => {
  refused('ABOX_HESSIAN_TRUNCATED', () => decode(cls('A')))
  refused('ABOX_HESSIAN_TAG', () => decode(cls('A'), '91'))
  refused('ABOX_HESSIAN_TAG', () => decode(cls('A'), '48 5a'))
})

test('a type or name that is no string is refused', () => {
  refused('ABOX_HESSIAN_TAG', () => decode('70 4e'))
  refused('ABOX_HESSIAN_TAG', () => decode('43 90 90'))
  refused('ABOX_HESSIAN_TAG', () => decode('43 01 41 91 90 60'))
})

test('nesting is allowed up to the limit and refused beyond it', () => {
  const nested = (levels: number) => wire('79'.repeat(levels), '90')
  assert.equal(json(nested(64)), `${'['.repeat(64)}0${']'.repeat(64)}`)
  refused('ABOX_HESSIAN_TOO_DEEP', () => decodeBytes(nested(65)))
  assert.equal(decodeBytes(nested(200), { ...defaultBudget, maxDepth: 200 }).length, 1)
})

test('each kind of container counts as a level', () => {
  const budget = { ...defaultBudget, maxDepth: 2 }
  for (const inner of ['78', '48 5a', '70 01 61', '57 5a']) {
    assert.equal(decodeBytes(wire('48 01 61', inner, '5a'), budget).length, 1)
    refused('ABOX_HESSIAN_TOO_DEEP', () => decodeBytes(wire('48 01 61 79', inner, '5a'), budget))
  }
  refused('ABOX_HESSIAN_TOO_DEEP', () => decodeBytes(wire('79 79', cls('A'), '60'), budget))
})

test('a stream of more values than the budget is refused', () => {
  const budget = { ...defaultBudget, maxNodes: 10 }
  assert.equal(decodeBytes(wire('58 99', '90'.repeat(9)), budget).length, 1)
  refused('ABOX_HESSIAN_TOO_MANY', () => decodeBytes(wire('58 9a', '90'.repeat(10)), budget))
  refused('ABOX_HESSIAN_TOO_MANY', () => decodeBytes(wire(cls('A', ...'abcdefghijkl'), '60', '90'.repeat(12)), budget))
})

test('every prefix of a stream with every form in it is refused', () => {
  const bytes = wire(
    '58 98 48',
    str('k'.repeat(40)),
    '4c0000000000000001 5a',
    cls('A', 'a', 'b'),
    '60 54 5c',
    '73',
    str('[int'),
    '90 c830 d40800',
    '52 0001 61 01 62',
    '41 0001 61 21 62',
    '55 90 91 5a',
    '4a0000000000000000',
    '51 90'
  )
  assert.equal(decodeBytes(bytes).length, 1)
  for (let length = 1; length < bytes.length; length++) {
    refused('ABOX_HESSIAN_TRUNCATED', () => decodeBytes(bytes.subarray(0, length)))
  }
})

test('a scan ends where it was told, whatever follows in the buffer', () => {
  const bytes = wire('90 7a 91 92')
  refused('ABOX_HESSIAN_TRUNCATED', () => new HessianScan(bytes, 1, 3).skip())
  const scan = new HessianScan(bytes, 1, 4)
  assert.equal(scan.skip(), 1)
  assert.equal(scan.pos, 4)
})
