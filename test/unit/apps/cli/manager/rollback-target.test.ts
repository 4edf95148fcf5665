import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Revision } from '#contracts/api/revision'
import { findRollbackTarget } from '../../../../../src/apps/cli/manager/rollback-target.ts'

/** Oldest first: a word for what it says, `-` for a deletion. */
const newestFirst = (words: string): Pick<Revision, 'generation' | 'deleted' | 'document'>[] =>
  [...words]
    .map((says, index) => ({
      generation: index + 1,
      deleted: says === '-',
      document: { kind: 'Model', says, generation: index + 1, changedBy: 'eve', reason: `${index}` }
    }))
    .toReversed()

const targetOf = (words: string, ...undone: number[]): number | undefined =>
  findRollbackTarget(newestFirst(words), new Set(undone))

test('a rollback goes before the last change', () => {
  assert.equal(targetOf('abc'), 2)
})

test('the next one goes further back, never forward to what the first has left', () => {
  assert.equal(targetOf('abcb', 4), 1)
  assert.equal(targetOf('abcba', 4, 5), undefined)
})

test('a change to what was said before is a change like any other', () => {
  assert.equal(targetOf('aba'), 2)
})

test('an undo of a rollback is taken back by the next one', () => {
  assert.equal(targetOf('abab', 3, 4), 1)
})

test('nothing is before what was made again after a deletion', () => {
  assert.equal(targetOf('ab-a'), undefined)
  assert.equal(targetOf('ab-ac'), 4)
})
