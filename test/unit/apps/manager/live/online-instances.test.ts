import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LiveInstance } from '../../../../../src/apps/manager/live/environment-live.ts'
import { onlineInstances } from '../../../../../src/apps/manager/live/online-instances.ts'
import type { InstanceState } from '../../../../../src/apps/manager/publish/laggards.ts'

const NOW = 1000
const told = (instance: string, second = NOW, offline = false): LiveInstance =>
  ({ summary: { instance, offline }, second, lost: 0 }) as unknown as LiveInstance
const registered = (instance: string, more: Partial<InstanceState> = {}): InstanceState => ({
  instance,
  role: 'gateway',
  about: { address: '10.0.0.1:20880' },
  applied: {},
  refused: {},
  disabled: {},
  at: 1,
  ...more
})

describe('instances that are online', () => {
  test('are those that are registered and have a receipt, whether they tell the manager something or not', () => {
    const all = [
      registered('silent', { applied: undefined }),
      registered('left', { about: undefined }),
      registered('worker', { role: 'worker' }),
      registered('tells'),
      registered('tells nothing')
    ]
    const tell = [told('tells'), told('left'), told('unregistered')]
    assert.deepEqual(onlineInstances(all, tell, NOW), ['tells', 'tells nothing'])
  })

  test('are not those whose summaries have stopped, or that say that they have left', () => {
    const all = [registered('dead'), registered('draining'), registered('well')]
    const tell = [told('dead', NOW - 6), told('draining', NOW, true), told('well', NOW - 2)]
    assert.deepEqual(onlineInstances(all, tell, NOW), ['well'])
  })

  test('are those that tell something where none registers', () => {
    const tell = [told('dead', NOW - 6), told('draining', NOW, true), told('well')]
    assert.deepEqual(onlineInstances(undefined, tell, NOW), ['well'])
  })
})
