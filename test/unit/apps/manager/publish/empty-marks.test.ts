import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock'
import { EmptyMarks, isMark } from '../../../../../src/apps/manager/publish/empty-marks.ts'
import { changeOf } from '../../../../../src/apps/manager/publish/steps.ts'

const changes = (marks: EmptyMarks, wanted: readonly string[]) => {
  const steps = marks.steps(wanted, 'a test')
  assert.ok(steps.every(isMark))
  return steps.map((step) => changeOf(step, '')).map(({ kind, path }) => `${kind} ${path}`)
}

test('marks that are missing are made, those that are wrong removed, and those that are right left as they are', () => {
  const marks = new EmptyMarks('m1', systemClock)
  assert.equal(marks.complete, false)
  marks.take(new Map())
  assert.deepEqual(changes(marks, []), ['create /empty/services', 'create /empty/models'])
  marks.take(new Map(['services', 'strange'].map((name) => [name, Buffer.from('whatever')])))
  assert.ok(marks.complete)
  assert.deepEqual(changes(marks, ['models/a']), ['remove /empty/strange'])
  assert.deepEqual(changes(marks, ['models/a', 'services/b']), ['remove /empty/services', 'remove /empty/strange'])
})
