import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createHookEnabler } from '../../../../../src/apps/gateway/hooks/enable.ts'
import type { HookChange, HookState, InstanceState } from '../../../../../src/apps/gateway/messages.ts'
import { keyFor } from './trust-fixtures.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const state = (hook: string, disabled: boolean): HookState => ({
  hook,
  version: 'a'.repeat(12),
  digest: DIGEST,
  placement: 'sandbox',
  calls: 0,
  strikes: 0,
  strikesTotal: 0,
  stoodIn: 0,
  ...(disabled && { disabled: { why: 'x', at: 1 } })
})

describe('POST /hooks/enable', () => {
  const told: HookChange[] = []
  const instances = [[state('rank', false)], [state('rank', true), state('other', false)]]
  const enable = createHookEnabler({
    states: () => Promise.resolve(instances.map((hooks) => ({ hooks }) as Partial<InstanceState> as InstanceState)),
    tellHooks: (change) => void told.push(change)
  })

  test('enables a version that any instance has disabled, by a part of its digest or by the whole', async () => {
    for (const version of ['a'.repeat(12), DIGEST]) {
      assert.equal((await enable({ hook: 'rank', version, reason: 'limits were too low' })).code, 202)
      assert.deepEqual(told.pop(), { kind: 'enable', key: keyFor('rank'), reason: 'limits were too low' })
    }
  })

  test('lets a version that has ended an instance, though it is not disabled, run in one again', async () => {
    const crashed = { ...state('crashed', false), crashed: { why: 'SIGSEGV', at: 1 } }
    instances.push([crashed])
    assert.equal((await enable({ hook: 'crashed', version: DIGEST, reason: 'the machine was full' })).code, 202)
    assert.equal(told.pop()?.key, keyFor('crashed'))
    instances.pop()
  })

  test('refuses what is not disabled, and names what is', async () => {
    const { code, answer } = await enable({ hook: 'other', version: 'a'.repeat(12), reason: 'x' })
    assert.equal(code, 404)
    assert.deepEqual(answer, { error: 'other@aaaaaaaaaaaa is not disabled', disabled: ['rank@aaaaaaaaaaaa'] })
  })

  test('refuses a body that does not say which version and why', async () => {
    const bad = [undefined, null, 'x', {}, { hook: 'rank', version: 'a'.repeat(12) }]
    for (const body of [...bad, { hook: 'rank', version: 'a'.repeat(12), reason: ' ' }]) {
      assert.equal((await enable(body)).code, 400, JSON.stringify(body))
    }
    assert.deepEqual(told, [])
  })
})
