import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock'
import { createSandboxProcess } from '#lib/sandbox'
import type { CrashNote } from '../../../../../src/apps/gateway/hooks/crash-note.ts'
import { createSandboxMaker } from '../../../../../src/apps/gateway/hooks/make-sandbox.ts'
import { keyFor } from './trust-fixtures.ts'

const BUNDLE = { code: 'export const pre = (call) => call', language: 'js' } as const

test('a maker that is closed waits for what it builds, and builds nothing after that', async () => {
  const noted: string[] = []
  const note: CrashNote = {
    numberOf: () => 1,
    runs: () => {},
    builds: (number) => void noted.push(number === 0 ? 'end' : 'begin'),
    close: () => {}
  }
  const sandboxes = createSandboxProcess({
    start: () => {
      throw new Error('unreachable')
    }
  })
  const make = createSandboxMaker({
    ...{ memoryMb: 16, timeoutMs: 50, sandboxes, note, clock: systemClock },
    onStuck: () => {}
  })
  const outcomes: string[] = []
  const build = (place: 'instance' | 'sandbox'): Promise<unknown> =>
    make(place, keyFor('rank'), BUNDLE).then(
      (sandbox) => {
        outcomes.push('made')
        sandbox.dispose()
      },
      (error: { code: string }) => outcomes.push(error.code)
    )
  const building = [build('instance'), build('instance')]
  while (noted.length === 0) await new Promise(setImmediate)
  await make.close()
  assert.deepEqual(noted, ['begin', 'end'])
  await Promise.all([...building, build('instance'), build('sandbox')])
  assert.deepEqual(noted, ['begin', 'end'])
  assert.deepEqual(outcomes.slice(1), Array(3).fill('ABOX_HOOK_DISPOSED'))
  await sandboxes.close()
})
