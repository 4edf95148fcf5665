import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HDouble, type HessianValue, HInt, HList, HLong, HMap, HObject } from '#lib/hessian2'
import { type Form, hexAs, valueAs, writeAs } from './written.ts'

const ITEM = 'com.example.rank.ItemScore'
const RESULT = 'com.example.rank.RankResult'
const item = (json: string, form: Form = 'maps'): HessianValue => valueAs(ITEM, json, form)
const result = (json: string, form: Form = 'maps'): HessianValue => valueAs(RESULT, json, form)
const idOf = (id: bigint): [string, HessianValue] => ['id', new HLong(id)]

test('a bean is a map with exact leaves for consumers that convert', () => {
  assert.deepEqual(
    item('{"id": 1, "score": 2, "level": "LOW", "parts": [1]}'),
    new HMap([
      idOf(1n),
      ['score', new HDouble(2)],
      ['level', new HObject('com.example.rank.Level', [['name', 'LOW']])],
      ['parts', new HList([new HDouble(1)])]
    ])
  )
})

test('a bean is an object of its class for typed consumers', () => {
  assert.deepEqual(item('{"id": 1, "title": "t"}', 'objects'), new HObject(ITEM, [idOf(1n), ['title', 't']]))
})

test('keys that are no field are skipped, whatever they hold, and missing fields are left out', () => {
  const json = '{"class": "com.example.Evil", "id": 1, "more": {"a": [1, {"b": 2}]}, "": 3}'
  assert.deepEqual(item(json), new HMap([idOf(1n)]))
  assert.deepEqual(item(json, 'objects'), new HObject(ITEM, [idOf(1n)]))
  assert.deepEqual(item('{}'), new HMap([]))
  assert.deepEqual(item('{}', 'objects'), new HObject(ITEM, []))
})

test('a null field is null', () => {
  assert.deepEqual(item('{"title": null}', 'objects'), new HObject(ITEM, [['title', null]]))
})

test('beans in a List, Map or array field of a bean are objects for every consumer', () => {
  const object = new HObject(ITEM, [idOf(1n)])
  assert.deepEqual(result('{"items": [{"id": 1}]}'), new HMap([['items', new HList([object])]]))
  assert.deepEqual(result('{"byId": {"7": {"id": 1}}}'), new HMap([['byId', new HMap([[new HLong(7n), object]])]]))
  assert.deepEqual(result('{"array": [{"id": 1}]}'), new HMap([['array', new HList([object])]]))
})

test('a bean that is itself the field of a bean stays a map', () => {
  assert.deepEqual(result('{"best": {"id": 1}}'), new HMap([['best', new HMap([idOf(1n)])]]))
})

test('beans in a container that is the whole result are maps', () => {
  const map = new HMap([idOf(1n)])
  assert.deepEqual(valueAs(`java.util.List<${ITEM}>`, '[{"id": 1}]'), new HList([map]))
  assert.deepEqual(valueAs(`${ITEM}[]`, '[{"id": 1}]'), new HList([map]))
  assert.deepEqual(valueAs(`java.util.Map<java.lang.String, ${ITEM}>`, '{"a": {"id": 1}}'), new HMap([['a', map]]))
})

test('a bean in a list of a bean in a list is an object, inside a map', () => {
  const json = '[{"previous": {"items": [{"id": 1}]}}]'
  const items = new HMap([['items', new HList([new HObject(ITEM, [idOf(1n)])])]])
  assert.deepEqual(valueAs(`java.util.List<${RESULT}>`, json), new HList([new HMap([['previous', items]])]))
})

test('typed consumers get objects everywhere', () => {
  assert.deepEqual(
    result('{"best": {"id": 1}, "items": [{"id": 2}], "previous": {"code": 3}}', 'objects'),
    new HObject(RESULT, [
      ['best', new HObject(ITEM, [idOf(1n)])],
      ['items', new HList([new HObject(ITEM, [idOf(2n)])])],
      ['previous', new HObject(RESULT, [['code', new HInt(3)]])]
    ])
  )
})

test('fields that are arrays or scalars are exact', () => {
  assert.deepEqual(
    result('{"scores": [1], "embedding": [1], "matrix": [[1]], "cost": 0.10, "levels": ["LOW"], "extra": {"k": 1}}'),
    new HMap([
      ['scores', new HList([new HDouble(1)], '[double')],
      ['embedding', new HList([new HDouble(1)])],
      ['matrix', new HList([new HList([new HDouble(1)], '[double')])],
      ['cost', new HObject('java.math.BigDecimal', [['value', '0.10']])],
      ['levels', new HList([new HObject('com.example.rank.Level', [['name', 'LOW']])])],
      ['extra', new HMap([['k', new HInt(1)]])]
    ])
  )
})

test('objects with the same keys share one class definition, others get their own', () => {
  const hex = hexAs(`java.util.List<${ITEM}>`, '[{"id":1},{"id":2},{"score":1},{"id":3}]', 'objects')
  const define = `431a${Buffer.from(ITEM).toString('hex')}91`
  assert.equal(hex, `584900000004${define}02696460e160e2${define}0573636f7265615c60e3`)
})

test('type arguments of a described class reach its fields', () => {
  assert.deepEqual(
    valueAs(`com.example.Page<${ITEM}>`, '{"rows": [{"id": 1}]}', 'objects'),
    new HObject('com.example.Page', [['rows', new HList([new HObject(ITEM, [idOf(1n)])])]])
  )
})

test('what follows the bean is still read after its fields were visited twice', () => {
  assert.deepEqual(
    valueAs(`java.util.List<${ITEM}>`, '[ {"id" : 1 , "x" : 0} , {"title":"b" , "id":2} ]', 'objects'),
    new HList([new HObject(ITEM, [idOf(1n)]), new HObject(ITEM, [['title', 'b'], idOf(2n)])])
  )
})

test('a recursive bean of a hundred levels is written', () => {
  const json = `${'{"previous":'.repeat(100)}{"code":1}${'}'.repeat(100)}`
  for (const form of ['maps', 'objects'] as const) assert.ok(writeAs(RESULT, json, form).length > 100)
})
