import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HDate, HDouble, type HessianValue, HInt, HLong } from '#lib/hessian2'
import { listOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { refused } from './wire.ts'
import { valueAs } from './written.ts'

const list = listOf
const double = (value: number): HDouble => new HDouble(value)

test('elements of a list are exactly of the declared type', () => {
  assert.deepEqual(valueAs('java.util.List<java.lang.Double>', '[1, 2.5, null]'), list([double(1), double(2.5), null]))
  assert.deepEqual(valueAs('java.util.Set<java.lang.Long>', '[1]'), list([new HLong(1n)]))
  assert.deepEqual(valueAs('java.util.Collection<java.lang.Integer>', '[1.0]'), list([new HInt(1)]))
  assert.deepEqual(valueAs('java.util.ArrayList<java.lang.String>', '["a"]'), list(['a']))
  const level = objectOf('com.example.rank.Level', [['name', 'LOW']])
  assert.deepEqual(valueAs('java.util.List<com.example.rank.Level>', '["LOW"]'), list([level]))
})

test('lists of lists are lists of lists', () => {
  assert.deepEqual(
    valueAs('java.util.List<java.util.List<java.lang.Double>>', '[[1], []]'),
    list([list([double(1)]), list([])])
  )
})

test('elements without declared type are written by their form', () => {
  assert.deepEqual(valueAs('java.util.List', '[1, 2.5, "x"]'), list([new HInt(1), double(2.5), 'x']))
})

test('arrays of int, long, double and String are typed lists, the others untyped', () => {
  assert.deepEqual(valueAs('int[]', '[1]'), list([new HInt(1)], '[int'))
  assert.deepEqual(valueAs('long[]', '[1]'), list([new HLong(1n)], '[long'))
  assert.deepEqual(valueAs('double[]', '[1]'), list([double(1)], '[double'))
  assert.deepEqual(valueAs('java.lang.String[]', '["a", null]'), list(['a', null], '[string'))
  assert.deepEqual(valueAs('float[]', '[1]'), list([double(1)]))
  assert.deepEqual(valueAs('boolean[]', '[true]'), list([true]))
  assert.deepEqual(valueAs('java.lang.Double[]', '[1, null]'), list([double(1), null]))
  assert.deepEqual(valueAs('java.util.Date[]', '[0]'), list([new HDate(0n)]))
})

test('arrays inside arrays, lists and maps are typed, because nobody converts them there', () => {
  assert.deepEqual(valueAs('double[][]', '[[1]]'), list([list([double(1)], '[double')]))
  assert.deepEqual(
    valueAs('java.util.List<double[]>', '[[1], []]'),
    list([list([double(1)], '[double'), list([], '[double')])
  )
  assert.deepEqual(valueAs('java.util.List<float[]>', '[[1]]'), list([list([double(1)], '[float')]))
  assert.deepEqual(
    valueAs('java.util.List<double[][]>', '[[[1]]]'),
    list([list([list([double(1)], '[double')], '[[double')])
  )
  assert.deepEqual(
    valueAs('java.util.Map<java.lang.String, java.lang.Integer[]>', '{"a": [1]}'),
    mapOf([['a', list([new HInt(1)], '[java.lang.Integer')]])
  )
})

test('the keys of a map are of the declared type', () => {
  const cases: [string, string, HessianValue][] = [
    ['java.lang.String', '1', '1'],
    ['java.lang.Object', 'é😀', 'é😀'],
    ['java.lang.Long', '9007199254740993', new HLong(9007199254740993n)],
    ['java.lang.Integer', '-1', new HInt(-1)],
    ['java.lang.Short', '7', new HInt(7)],
    ['java.lang.Double', '0.5', double(0.5)],
    ['java.lang.Double', '3', double(3)],
    ['java.lang.Double', 'NaN', double(Number.NaN)],
    ['java.lang.Boolean', 'true', true],
    ['java.lang.Character', 'c', 'c'],
    ['com.example.rank.Level', 'HIGH', objectOf('com.example.rank.Level', [['name', 'HIGH']])],
    ['java.math.BigDecimal', '0.10', objectOf('java.math.BigDecimal', [['value', '0.10']])],
    ['java.util.Date', '1970-01-01T00:00:00Z', new HDate(0n)],
    ['java.util.Date', '60000', new HDate(60000n)]
  ]
  for (const [type, key, expected] of cases) {
    const map = valueAs(`java.util.Map<${type}, java.lang.Object>`, JSON.stringify({ [key]: null }))
    assert.deepEqual(map, mapOf([[expected, null]]), `${type} ${key}`)
  }
})

test('a key that is no value of the declared type is refused', () => {
  const cases: [string, string][] = [
    ['java.lang.Long', 'abc'],
    ['java.lang.Long', '9223372036854775808'],
    ['java.lang.Integer', '2147483648'],
    ['java.lang.Integer', '1.5'],
    ['java.lang.Double', 'x'],
    ['java.lang.Boolean', '1'],
    ['com.example.rank.Level', 'NONE'],
    ['java.util.Date', 'today'],
    ['java.util.List', '[]']
  ]
  for (const [type, key] of cases) {
    refused('ABOX_ANSWER_TYPE', () => valueAs(`java.util.Map<${type}, java.lang.Object>`, JSON.stringify({ [key]: 1 })))
  }
  const error = refused('ABOX_ANSWER_TYPE', () =>
    valueAs('java.util.Map<java.lang.Long, java.lang.Object>', '{"1": 1, "a": 2}')
  )
  assert.equal(error.message, 'ABOX_ANSWER_TYPE: a: found "a", expected a key of type java.lang.Long')
})

test('values of a map are exactly of the declared type', () => {
  assert.deepEqual(
    valueAs('java.util.TreeMap<java.lang.String, java.lang.Double>', '{"a": 1, "b": null}'),
    mapOf([
      ['a', double(1)],
      ['b', null]
    ])
  )
})

test('another kind of value in the place of a container is refused', () => {
  for (const [type, json] of [
    ['java.util.List', '{}'],
    ['java.util.List', '"[]"'],
    ['java.util.Map', '[]'],
    ['double[]', '1'],
    ['com.example.rank.ItemScore', '[]']
  ]) {
    refused('ABOX_ANSWER_TYPE', () => valueAs(type as string, json as string))
  }
})

test('any row of doubles is written exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)), (numbers) => {
      const written = valueAs('java.util.List<java.lang.Double>', JSON.stringify(numbers))
      assert.deepEqual(written, list(numbers.map((n) => double(n === 0 ? 0 : n))))
    })
  )
})

test('rows of ints and longs are exact, whatever they stand beside', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc
          .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
          .chain((n) => fc.constantFrom(n, n >> 12n, n >> 40n, n >> 58n))
      ),
      fc.array(fc.integer()),
      (longs, ints) => {
        assert.deepEqual(
          valueAs('java.util.List<java.lang.Long>', `[${longs.join()}]`),
          listOf(longs.map((value) => new HLong(value)))
        )
        assert.deepEqual(
          valueAs('int[]', `[${ints.map((value) => `${value}${value % 3 === 0 ? '.0' : ''}`).join(', ')}]`),
          listOf(
            ints.map((value) => new HInt(value)),
            '[int'
          )
        )
      }
    )
  )
})

test('a wrong element late in a row of ints is named by its index', () => {
  const zeros = Array.from({ length: 300 }, () => 0)
  for (const wrong of ['0.5', '2147483648', 'null', '"1"', '-2147483649']) {
    const json = `[${[...zeros, wrong, ...zeros].join()}]`
    assert.throws(() => valueAs('int[]', json), { code: 'ABOX_ANSWER_TYPE', message: /\[300\]: found / })
  }
  assert.deepEqual(valueAs('int[]', '[-2147483648, 1]'), listOf([new HInt(-2147483648), new HInt(1)], '[int'))
})

test('a fraction that no double can hold is no whole number, wherever in a row it stands', () => {
  const ones = '1, '.repeat(20)
  for (const fraction of ['1.0000000000000001', '663770111.00000001']) {
    for (const json of [`[${fraction}, ${ones}1]`, `[${ones}${fraction}, ${ones}1]`, `[${ones}${fraction}]`]) {
      for (const type of ['int[]', 'long[]', 'java.util.List<java.lang.Long>']) {
        assert.throws(() => valueAs(type, json), { code: 'ABOX_ANSWER_TYPE' }, json)
      }
    }
  }
})
