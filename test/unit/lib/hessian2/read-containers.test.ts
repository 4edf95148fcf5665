import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes, HDoubles, HInt, HList, HMap, HObject } from '#lib/hessian2'
import { fieldsOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { cls, decode, json, refused, str, wire } from './wire.ts'

const ints = (...values: number[]) => values.map((value) => new HInt(value))

test('a list has eight forms', () => {
  for (const hex of ['7a 91 92', '58 92 91 92', '57 91 92 5a']) {
    assert.deepEqual(decode(hex), new HList(ints(1, 2)), hex)
  }
  for (const hex of ['72 04 5b696e74 91 92', '56 04 5b696e74 92 91 92', '55 04 5b696e74 91 92 5a']) {
    assert.deepEqual(decode(hex), new HList(ints(1, 2), '[int'), hex)
  }
})

test('lists of no item and of seven items fit the short forms', () => {
  assert.deepEqual(decode('78'), new HList())
  assert.deepEqual(decode('70 04 5b696e74'), new HList([], '[int'))
  assert.deepEqual(decode('7f 90909090909090'), new HList(ints(0, 0, 0, 0, 0, 0, 0)))
})

test('the count of a list may be any form of int', () => {
  for (const count of ['91', 'c801', 'd40001', '4900000001'])
    assert.deepEqual(decode(`58 ${count} 4e`), new HList([null]))
})

test('types are numbered in the order in which they are first named, in lists and maps alike', () => {
  const outer = decode('7c 70', str('[int'), '4d', str('a.B'), '5a 70 90 4d 91 5a') as HList
  assert.deepEqual(
    outer.items.map((item) => (item as HList | HMap).type),
    ['[int', 'a.B', '[int', 'a.B']
  )
})

test('a map is read in order, with keys of any kind', () => {
  assert.deepEqual(decode('48 01 61 91 5a'), mapOf([['a', new HInt(1)]]))
  assert.deepEqual(
    decode('48 4e 4e 91 01 78 5a'),
    mapOf([
      [null, null],
      [new HInt(1), 'x']
    ])
  )
  assert.deepEqual(decode('4d', str('java.util.TreeMap'), '5a'), mapOf([], 'java.util.TreeMap'))
})

test('an object names its class by number, short or long', () => {
  const point = cls('Point', 'x', 'y')
  const expected = objectOf('Point', [
    ['x', new HInt(1)],
    ['y', new HInt(2)]
  ])
  assert.deepEqual(decode(point, '60 91 92'), expected)
  assert.deepEqual(decode(point, '4f 90 91 92'), expected)
  assert.deepEqual(decodeBytes(wire(point, '60 91 92 60 91 92')), [expected, expected])
})

test('several classes may be defined before one object', () => {
  assert.deepEqual(decode(cls('A'), cls('B'), cls('C'), '62'), objectOf('C'))
})

test('a class may be defined inside the object of another', () => {
  const value = decode(cls('A', 'b'), '60', cls('B'), '61') as HObject
  assert.deepEqual(fieldsOf(value), [['b', objectOf('B')]])
})

test('a field name that a subclass repeats is kept twice', () => {
  const value = decode(cls('Sub', 'a', 'a'), '60 91 99') as HObject
  assert.deepEqual(fieldsOf(value), [
    ['a', new HInt(1)],
    ['a', new HInt(9)]
  ])
})

test('references count lists, maps and objects in the order in which they begin', () => {
  const [list, map, object, ...refs] = decodeBytes(wire('79 78 48 5a', cls('A'), '60 51 90 51 91 51 92 51 93'))
  assert.ok(list instanceof HList && map instanceof HMap && object instanceof HObject)
  assert.deepEqual(
    refs.map((ref) => [list, list.items[0], map, object].indexOf(ref)),
    [0, 1, 2, 3]
  )
})

test('strings, numbers, dates and binary data take no reference number', () => {
  const outer = decode('7e 01 61 90 e0 5c 4b 00000000 51 90') as HList
  assert.equal(outer.items[5], outer)
})

test('a value that holds itself is the same reference', () => {
  const list = decode('79 51 90') as HList
  assert.equal(list.items[0], list)
  const object = decode(cls('Node', 'next'), '60 51 90') as HObject
  assert.equal(object.values[0], object)
  const map = decode('48 51 90 51 90 5a') as HMap
  assert.equal(map.keys[0], map)
})

test('names that JavaScript objects have already are names like any other', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const map = decode('48', ...keys.map((key) => wire(str(key), '91')), '5a') as HMap
  assert.deepEqual(map.keys, keys)
  const object = decode(cls('constructor', ...keys), '60 91 92 93 94') as HObject
  assert.equal(object.className, 'constructor')
  assert.deepEqual(object.names, keys)
  assert.equal(json(wire('48', str('__proto__'), '48 5a 5a')), '{"__proto__":{}}')
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
})

test('the end mark of a list or map must be there, and nothing else may be', () => {
  for (const hex of ['57', '57 91', '48', '48 91', '48 91 92', '4d 01 61', '55 01 61 91']) {
    refused('ABOX_HESSIAN_TRUNCATED', () => decode(hex))
  }
  refused('ABOX_HESSIAN_TAG', () => decode('48 91 5a'))
  refused('ABOX_HESSIAN_TAG', () => decode('79 5a'))
})

test('doubles of every form stand beside each other in a list', () => {
  const values = Float64Array.of(0, 1, 2, 0.1)
  assert.deepEqual(decode('7c 5b 5c 5d02 44 3fb999999999999a'), new HDoubles(values))
})
