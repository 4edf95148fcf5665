import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { WeighedVersion } from '../../../../../src/apps/cli/hook/documents.ts'
import { appendHistory, readHistory, type VersionChange } from '../../../../../src/apps/cli/hook/history.ts'
import { stateBefore } from '../../../../../src/apps/cli/hook/rollback.ts'

const state = (...ppm: number[]): WeighedVersion[] => ppm.map((weight, i) => ({ digest: `sha256:${i}`, ppm: weight }))

const change = (before: WeighedVersion[], after: WeighedVersion[], hook = 'h'): VersionChange => ({
  ts: '2024-05-01T00:00:00.000Z',
  action: 'push',
  hook,
  generation: 2,
  by: 'ann',
  reason: 'r',
  before,
  after
})

describe('what a rollback goes back to', () => {
  const first = change(state(1_000_000), state(990_000, 10_000))
  const second = change(state(990_000, 10_000), state(0, 1_000_000))

  test('the last change is taken back', () => {
    assert.deepEqual(stateBefore(state(0, 1_000_000), [second, first], 'h'), state(990_000, 10_000))
  })

  const back = (now: WeighedVersion[], history: VersionChange[]): VersionChange => ({
    ...change(now, [...stateBefore(now, history, 'h')]),
    action: 'rollback'
  })

  test('a second one goes further back and never brings back what was rolled back from; behind the first state it is refused', () => {
    const one = back(state(0, 1_000_000), [second, first])
    const two = back(one.after as WeighedVersion[], [one, second, first])
    assert.deepEqual(two.after, state(1_000_000))
    assert.throws(() => stateBefore(two.after, [two, one, second, first], 'h'), {
      code: 'ABOX_HOOK_HISTORY',
      message: /nothing before 0 100%/
    })
  })

  test('what is released after a rollback is taken back to where the rollback went', () => {
    const one = back(state(0, 1_000_000), [second, first])
    const third = change(one.after as WeighedVersion[], state(980_000, 10_000, 10_000))
    assert.deepEqual(stateBefore(third.after, [third, one, second, first], 'h'), state(990_000, 10_000))
  })

  test('who went back by hand is not brought forward again', () => {
    assert.deepEqual(stateBefore(state(990_000, 10_000), [second, first], 'h'), state(1_000_000))
  })

  test('a change by hand counts as the last one', () => {
    assert.deepEqual(stateBefore(state(500_000, 500_000), [second, first], 'h'), state(0, 1_000_000))
  })

  test('where there is nothing to go back to, that is told', () => {
    assert.throws(() => stateBefore(state(1_000_000), [], 'h'), { code: 'ABOX_HOOK_HISTORY' })
    const made = change([], state(1_000_000))
    assert.throws(() => stateBefore(state(1_000_000), [made], 'h'), { code: 'ABOX_HOOK_HISTORY' })
  })
})

describe('the history of a hook', () => {
  test('gives the changes of one hook, newest first, and passes over a line that was cut off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'abox-hook-history-'))
    const path = join(folder, 'docs.yaml')
    try {
      assert.deepEqual(await readHistory(path, 'h'), [])
      await appendHistory(path, change([], state(1)))
      await appendHistory(path, change([], state(2), 'other'))
      const file = `${path}.hooks.jsonl`
      await writeFile(file, `${await readFile(file, 'utf8')}{"ts":"2024`)
      await appendHistory(path, change(state(1), state(3)))
      const found = await readHistory(path, 'h')
      assert.deepEqual(
        found.map(({ after }) => after),
        [state(3), state(1)]
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
