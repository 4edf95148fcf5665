import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { sandboxErrors } from '#lib/sandbox'
import { createStuckHooks } from '../../../../../src/apps/gateway/hooks/stuck.ts'
import { HandClock, keyFor } from './trust-fixtures.ts'

const key = keyFor('rank')
const error = new AboxError(sandboxErrors.ABOX_HOOK_CRASH, 'rank@1: cannot be stopped')

test('a version that cannot be stopped leaves the instance for good, and the supervisor hears of it', () => {
  const told: unknown[] = []
  const clock = new HandClock()
  const change = (its: unknown): void => void told.push(its)
  const tell = (its: string): void => void told.push(its)
  const hooks = createStuckHooks({ limitBytes: 1, clock, log: silentLogger, change, tell })
  hooks.stuck(key, error)
  hooks.close()
  assert.deepEqual(told, [{ kind: 'crashed', key, crash: { why: error.message, at: clock.now } }, key])
})

test('the process ends only when its memory comes to the limit after that', () => {
  let bytes = 100
  let ends = 0
  const hooks = createStuckHooks({
    limitBytes: 100,
    rss: () => bytes,
    end: () => void ends++,
    clock: new HandClock(),
    log: silentLogger,
    change: () => {},
    tell: undefined
  })
  hooks.look()
  assert.equal(ends, 0, 'nothing is stuck')
  bytes = 99
  hooks.stuck(key, error)
  hooks.look()
  assert.equal(ends, 0, 'there is room')
  bytes = 100
  hooks.look()
  assert.equal(ends, 1)
  hooks.close()
})
