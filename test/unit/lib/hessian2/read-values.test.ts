import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HInt, HList, readValues } from '#lib/hessian2'

const read = (hex: string, most?: number) => readValues(Buffer.from(hex, 'hex'), most)

test('all values are read, and what one of them refers to in another is shared', () => {
  const { values, end, error } = read('78' + '5190' + '91')
  assert.deepEqual(values, [new HList(), new HList(), new HInt(1)])
  assert.equal(values[0], values[1])
  assert.equal(end, 4)
  assert.equal(error, undefined)
})

test('no more are read than were asked for, and the end tells where the next one begins', () => {
  assert.deepEqual(read('9192ff', 1), { values: [new HInt(1)], end: 1, error: undefined })
})

test('before an error everything is read', () => {
  const { values, end, error } = read('91' + '79')
  assert.deepEqual(values, [new HInt(1)])
  assert.equal(end, 1)
  assert.equal(error?.code, 'ABOX_HESSIAN_TRUNCATED')
})

test('nothing is read from nothing', () => {
  assert.deepEqual(read(''), { values: [], end: 0, error: undefined })
})
