import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { WeighedVersion } from '../../../../src/apps/cli/hook-documents.ts'
import { appendHistory, type HookChange, readHistory } from '../../../../src/apps/cli/hook-history.ts'
import { stateBefore } from '../../../../src/apps/cli/hook-rollback.ts'

const state = (...ppm: number[]): WeighedVersion[] => ppm.map((weight, i) => ({ digest: `sha256:${i}`, ppm: weight }))

const change = (before: WeighedVersion[], after: WeighedVersion[], hook = 'h'): HookChange => ({
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

  test('a rollback is a change, so that the next one takes it back', () => {
    const undo = change(second.after as WeighedVersion[], second.before as WeighedVersion[])
    assert.deepEqual(stateBefore(state(990_000, 10_000), [undo, second, first], 'h'), state(0, 1_000_000))
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
