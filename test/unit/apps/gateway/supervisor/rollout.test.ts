import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#core/logger'
import type { GatewayConfig } from '../../../../../src/apps/gateway/config.ts'
import { type Fleet, type RolloutTimes, runRollout } from '../../../../../src/apps/gateway/supervisor/rollout.ts'
import type { Slot } from '../../../../../src/apps/gateway/supervisor/slot-types.ts'

const CONFIG = {} as GatewayConfig
const TIMES: RolloutTimes = { seenMs: 7000, visibleWithinMs: 20, graceMs: 1000 }

/** Slots that do what they are told at once, and say what happened. `visibleMs` is what a fresh one shows. */
function createFakeFleet(instances: number, fresh: { visibleMs?: number; fails?: boolean } = {}) {
  const slots: Slot[] = []
  const events: string[] = []
  const add = (index: number, visibleMs: number, fails: boolean): Slot => {
    const slot = {
      index: () => index,
      state: () => (visibleMs < 0 ? 'registering' : 'ready'),
      visibleMs: () => visibleMs,
      start: () => {
        events.push(`start ${index}`)
        return fails ? Promise.reject(new Error('no documents')) : Promise.resolve()
      },
      drain: (_graceMs: number, readonly: boolean) => {
        events.push(`drain ${index}${readonly ? ' readonly' : ''}`)
        return Promise.resolve()
      }
    } as Slot
    slots.push(slot)
    return slot
  }
  for (let index = 0; index < instances; index++) add(index, 60_000, false)
  const fleet: Fleet = {
    slots: () => slots,
    open() {
      let index = 0
      while (slots.some((slot) => slot.index() === index)) index++
      return add(index, fresh.visibleMs ?? 7000, fresh.fails ?? false)
    },
    remove: (slot) => void slots.splice(slots.indexOf(slot), 1),
    stopping: () => false
  }
  const indexes = (): number[] => slots.map((slot) => slot.index()).sort((a, b) => a - b)
  return { fleet, events, indexes }
}
const roll = (fleet: Fleet, fresh: number, leaving = [...fleet.slots()]): Promise<void> =>
  runRollout(fleet, { config: CONFIG, fresh, leaving }, TIMES, silentLogger, () => {})

test('each instance goes only when one more than wanted is there, and one index more than instances is used', async () => {
  const { fleet, events, indexes } = createFakeFleet(3)
  await roll(fleet, 3)
  assert.deepEqual(events, [
    'start 3',
    'drain 0 readonly',
    'start 0',
    'drain 1 readonly',
    'start 1',
    'drain 2 readonly'
  ])
  assert.deepEqual(indexes(), [0, 1, 3])
})

test('fewer instances than before: those too many go after the replacements have come', async () => {
  const { fleet, events } = createFakeFleet(3)
  await roll(fleet, 1)
  assert.deepEqual(events, ['start 3', 'drain 0 readonly', 'drain 1 readonly', 'drain 2 readonly'])
})

test('a replacement that does not start stops it before anything is drained', async () => {
  const { fleet, events, indexes } = createFakeFleet(2, { fails: true })
  await assert.rejects(roll(fleet, 2), { code: 'ABOX_ROLLOUT', message: /instance 2: no documents/ })
  assert.deepEqual(events, ['start 2', 'drain 2'])
  assert.deepEqual(indexes(), [0, 1])
})

test('a replacement that consumers cannot find takes nobody away', async () => {
  const { fleet, events, indexes } = createFakeFleet(2, { visibleMs: -1 })
  await assert.rejects(roll(fleet, 2), { code: 'ABOX_ROLLOUT', message: /found state registering after 20 ms/ })
  assert.deepEqual(events, ['start 2', 'drain 2'])
  assert.deepEqual(indexes(), [0, 1])
})
