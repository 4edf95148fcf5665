import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBytes, HDouble, type HessianValue, HInt, HLong } from '#lib/hessian2'
import { listOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { type Form, hexAs, valueAs, writeAs } from './written.ts'

const ITEM = 'com.example.rank.ItemScore'
const FLAT = 'com.example.Flat'
const RESULT = 'com.example.rank.RankResult'
const item = (json: string, form: Form = 'maps'): HessianValue => valueAs(ITEM, json, form)
const result = (json: string, form: Form = 'maps'): HessianValue => valueAs(RESULT, json, form)
const idOf = (id: bigint): [string, HessianValue] => ['id', new HLong(id)]

test('a bean is a map with exact leaves for consumers that convert', () => {
  assert.deepEqual(
    item('{"id": 1, "score": 2, "level": "LOW", "parts": [1]}'),
    mapOf([
      idOf(1n),
      ['score', new HDouble(2)],
      ['level', objectOf('com.example.rank.Level', [['name', 'LOW']])],
      ['parts', listOf([new HDouble(1)])]
    ])
  )
})

test('a bean is an object of its class for typed consumers', () => {
  assert.deepEqual(item('{"id": 1, "title": "t"}', 'objects'), objectOf(ITEM, [idOf(1n), ['title', 't']]))
})

test('keys that are no field are skipped, whatever they hold, and missing fields are left out', () => {
  const json = '{"class": "com.example.Evil", "id": 1, "more": {"a": [1, {"b": 2}]}, "": 3}'
  assert.deepEqual(item(json), mapOf([idOf(1n)]))
  assert.deepEqual(item(json, 'objects'), objectOf(ITEM, [idOf(1n)]))
  assert.deepEqual(item('{}'), mapOf([]))
  assert.deepEqual(item('{}', 'objects'), objectOf(ITEM, []))
})

test('a null field is null', () => {
  assert.deepEqual(item('{"title": null}', 'objects'), objectOf(ITEM, [['title', null]]))
})

test('beans in a List, Map or array field of a bean are objects for every consumer', () => {
  const object = objectOf(ITEM, [idOf(1n)])
  assert.deepEqual(result('{"items": [{"id": 1}]}'), mapOf([['items', listOf([object])]]))
  assert.deepEqual(result('{"byId": {"7": {"id": 1}}}'), mapOf([['byId', mapOf([[new HLong(7n), object]])]]))
  assert.deepEqual(result('{"array": [{"id": 1}]}'), mapOf([['array', listOf([object])]]))
})

test('a bean that is itself the field of a bean stays a map', () => {
  assert.deepEqual(result('{"best": {"id": 1}}'), mapOf([['best', mapOf([idOf(1n)])]]))
})

test('beans in a container that is the whole result are maps', () => {
  const map = mapOf([idOf(1n)])
  assert.deepEqual(valueAs(`java.util.List<${ITEM}>`, '[{"id": 1}]'), listOf([map]))
  assert.deepEqual(valueAs(`${ITEM}[]`, '[{"id": 1}]'), listOf([map]))
  assert.deepEqual(valueAs(`java.util.Map<java.lang.String, ${ITEM}>`, '{"a": {"id": 1}}'), mapOf([['a', map]]))
})

test('a bean in a list of a bean in a list is an object, inside a map', () => {
  const json = '[{"previous": {"items": [{"id": 1}]}}]'
  const items = mapOf([['items', listOf([objectOf(ITEM, [idOf(1n)])])]])
  assert.deepEqual(valueAs(`java.util.List<${RESULT}>`, json), listOf([mapOf([['previous', items]])]))
})

test('typed consumers get objects everywhere', () => {
  assert.deepEqual(
    result('{"best": {"id": 1}, "items": [{"id": 2}], "previous": {"code": 3}}', 'objects'),
    objectOf(RESULT, [
      ['best', objectOf(ITEM, [idOf(1n)])],
      ['items', listOf([objectOf(ITEM, [idOf(2n)])])],
      ['previous', objectOf(RESULT, [['code', new HInt(3)]])]
    ])
  )
})

test('fields that are arrays or scalars are exact', () => {
  assert.deepEqual(
    result('{"scores": [1], "embedding": [1], "matrix": [[1]], "cost": 0.10, "levels": ["LOW"], "extra": {"k": 1}}'),
    mapOf([
      ['scores', listOf([new HDouble(1)], '[double')],
      ['embedding', listOf([new HDouble(1)])],
      ['matrix', listOf([listOf([new HDouble(1)], '[double')])],
      ['cost', objectOf('java.math.BigDecimal', [['value', '0.10']])],
      ['levels', listOf([objectOf('com.example.rank.Level', [['name', 'LOW']])])],
      ['extra', mapOf([['k', new HInt(1)]])]
    ])
  )
})

test('objects with the same keys share one class definition, others get their own', () => {
  const hex = hexAs(`java.util.List<${ITEM}>`, '[{"id":1},{"id":2},{"score":1},{"id":3}]', 'objects')
  const define = `431a${Buffer.from(ITEM).toString('hex')}91`
  assert.equal(hex, `584900000004${define}02696460e160e2${define}0573636f7265615c60e3`)
})

test('objects have the fields of their JSON in its order, and a class is defined for just these lists of fields', () => {
  const values = { a: new HInt(7), b: null, c: 'text' } as const
  const json = { a: '7', b: 'null', c: '"text"' } as const
  const names = fc.shuffledSubarray(['a', 'b', 'c'] as const)
  // A list has more definitions than are remembered only with more than sixteen different lists of fields.
  const several = fc
    .array(names, { minLength: 1, maxLength: 5 })
    .chain((shapes) => fc.array(fc.constantFrom(...shapes), { minLength: 1, maxLength: 20 }))
  fc.assert(
    fc.property(several, (beans) => {
      const text = beans.map((fields) => `{${fields.map((name) => `"${name}":${json[name]}`).join(', ')}}`).join()
      const bytes = writeAs('java.util.List<com.example.Flat>', `[${text}]`, 'objects')
      const read = decodeBytes(bytes)[0]
      assert.deepEqual(
        read,
        listOf(
          beans.map((fields) =>
            objectOf(
              FLAT,
              fields.map((name) => [name, values[name]])
            )
          )
        )
      )
      assert.equal(bytes.toString('latin1').split(FLAT).length - 1, new Set(beans.map(String)).size)
    })
  )
})

test('type arguments of a described class reach its fields', () => {
  assert.deepEqual(
    valueAs(`com.example.Page<${ITEM}>`, '{"rows": [{"id": 1}]}', 'objects'),
    objectOf('com.example.Page', [['rows', listOf([objectOf(ITEM, [idOf(1n)])])]])
  )
})

test('what follows the bean is still read after its fields were visited twice', () => {
  assert.deepEqual(
    valueAs(`java.util.List<${ITEM}>`, '[ {"id" : 1 , "x" : 0} , {"title":"b" , "id":2} ]', 'objects'),
    listOf([objectOf(ITEM, [idOf(1n)]), objectOf(ITEM, [['title', 'b'], idOf(2n)])])
  )
})

test('a recursive bean of a hundred levels is written', () => {
  const json = `${'{"previous":'.repeat(100)}{"code":1}${'}'.repeat(100)}`
  for (const form of ['maps', 'objects'] as const) assert.ok(writeAs(RESULT, json, form).length > 100)
})

test('an object of plain values is written like any other, whatever its class number', () => {
  // ItemScore has an enum and Flat has none, so that the two ways of writing meet; each class is defined where it is first used.
  const json = '[{"a": 1, "b": [0.5]}, {"b": [], "c": "x"}, {"a": 2, "b": [1.5]}, {}, {"c": "y", "x": {}, "b": null}]'
  const flat = 'com.example.Flat'
  const b = (...values: number[]): [string, HessianValue] => [
    'b',
    listOf(
      values.map((value) => new HDouble(value)),
      '[double'
    )
  ]
  assert.deepEqual(
    valueAs(`java.util.List<${flat}>`, json, 'objects'),
    listOf([
      objectOf(flat, [['a', new HInt(1)], b(0.5)]),
      objectOf(flat, [b(), ['c', 'x']]),
      objectOf(flat, [['a', new HInt(2)], b(1.5)]),
      objectOf(flat, []),
      objectOf(flat, [
        ['c', 'y'],
        ['b', null]
      ])
    ])
  )
})

test('the seventeenth set of fields of a plain class has its number behind the code', () => {
  const keys = Array.from(
    { length: 20 },
    (_, i) => `{${i % 3 === 0 ? '' : `"f${i}": ${i}`}${i % 3 === 2 ? `, "a": "b"` : ''}}`
  )
  const value = valueAs('java.util.List<com.example.Wide>', `[${keys.join()}, ${keys.join()}]`, 'objects')
  assert.equal((value as { items: unknown[] }).items.length, 40)
  assert.deepEqual(
    (value as { items: { names: readonly string[] }[] }).items.map(({ names }) => names.length),
    [...keys, ...keys].map((_, i) => (i % 20) % 3)
  )
})
