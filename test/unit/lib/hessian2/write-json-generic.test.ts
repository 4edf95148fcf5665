import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HInt, HLong } from '#lib/hessian2'
import { listOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { valueAs } from './written.ts'

const ITEM = 'com.example.rank.ItemScore'

test('a field that a class declares as a type parameter holds objects for every consumer, because nobody converts it', () => {
  const box = `com.example.Box<${ITEM}>`
  const object = objectOf(ITEM, [['id', new HLong(1n)]])
  assert.deepEqual(valueAs(box, '{"first": {"id": 1}}', 'maps'), mapOf([['first', object]]))
  assert.deepEqual(
    valueAs('com.example.Box<int[]>', '{"first": [1]}', 'maps'),
    mapOf([['first', listOf([new HInt(1)], '[int')]])
  )
})

test('for a GenericService beans are maps with their class, in any depth', () => {
  const json = '{"items": [{"id": 1}], "best": {"id": 2}}'
  const item = (id: bigint) =>
    mapOf([
      ['class', ITEM],
      ['id', new HLong(id)]
    ])
  assert.deepEqual(
    valueAs('com.example.rank.RankResult', json, 'generic'),
    mapOf([
      ['class', 'com.example.rank.RankResult'],
      ['items', listOf([item(1n)])],
      ['best', item(2n)]
    ])
  )
})

test('for a GenericService enums are their names, as elements and keys too', () => {
  const level = 'com.example.rank.Level'
  assert.equal(valueAs(level, '"HIGH"', 'generic'), 'HIGH')
  assert.deepEqual(valueAs(`java.util.EnumSet<${level}>`, '["LOW"]', 'generic'), listOf(['LOW']))
  assert.deepEqual(
    valueAs(`java.util.Map<${level}, java.lang.Integer>`, '{"LOW": 1}', 'generic'),
    mapOf([['LOW', new HInt(1)]])
  )
  assert.throws(() => valueAs(level, '"NONE"', 'generic'), /ABOX_ANSWER_TYPE/)
})

test('for a GenericService local dates and times are their text, and checked all the same', () => {
  assert.equal(valueAs('java.time.LocalDate', '"2024-02-29"', 'generic'), '2024-02-29')
  assert.equal(
    valueAs('java.time.LocalDateTime', '"2024-02-29T23:59:58.123456789"', 'generic'),
    '2024-02-29T23:59:58.123456789'
  )
  assert.equal(valueAs('java.time.LocalTime', '"07:05"', 'generic'), '07:05')
  assert.throws(() => valueAs('java.time.LocalDate', '"2023-02-29"', 'generic'), /ABOX_ANSWER_TYPE/)
})

test('enums of Java itself need no description', () => {
  assert.deepEqual(
    valueAs('java.time.DayOfWeek', '"MONDAY"', 'maps'),
    objectOf('java.time.DayOfWeek', [['name', 'MONDAY']])
  )
})
