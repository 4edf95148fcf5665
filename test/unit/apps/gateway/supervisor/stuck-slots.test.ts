import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { InstanceProcess } from '../../../../../src/apps/gateway/supervisor/instance-process.ts'
import type { Slot } from '../../../../../src/apps/gateway/supervisor/slot-types.ts'
import { createStuckSlots, type StuckSlots } from '../../../../../src/apps/gateway/supervisor/stuck-slots.ts'

/** Indexes of the slots whose process is replaced, in order, and how to end the last one. */
let replaced: number[]
let end: () => void
let free: boolean
let stuck: StuckSlots
beforeEach(() => {
  replaced = []
  free = true
  stuck = createStuckSlots({
    free: () => free,
    replace(slot) {
      replaced.push(slot.index())
      return new Promise((resolve) => {
        end = resolve
      })
    }
  })
})

const child = (): InstanceProcess => ({}) as InstanceProcess
const slotOf = (index: number, now: InstanceProcess | undefined): Slot =>
  ({ index: () => index, process: () => now }) as Partial<Slot> as Slot
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const endOne = (): Promise<void> => {
  end()
  return turn()
}

test('of several stuck processes one is replaced after the other', async () => {
  const children = [child(), child(), child()]
  for (const [index, each] of children.entries()) stuck.add(slotOf(index, each), each)
  await turn()
  assert.deepEqual(replaced, [0])
  await endOne()
  assert.deepEqual(replaced, [0, 1])
  await endOne()
  await endOne()
  assert.deepEqual(replaced, [0, 1, 2])
})

test('what a process tells again while it is replaced, or waits for that, is nothing new', async () => {
  const [first, second] = [child(), child()]
  for (let i = 0; i < 2; i++) {
    stuck.add(slotOf(0, first), first)
    stuck.add(slotOf(1, second), second)
  }
  await endOne()
  await endOne()
  assert.deepEqual(replaced, [0, 1])
})

test('one whose replacement has failed may tell it again', async () => {
  const only = child()
  stuck.add(slotOf(0, only), only)
  await endOne()
  stuck.add(slotOf(0, only), only)
  assert.deepEqual(replaced, [0, 0])
})

test('one that has gone meanwhile is not replaced', async () => {
  const [first, gone, third] = [child(), child(), child()]
  stuck.add(slotOf(0, first), first)
  stuck.add(slotOf(1, undefined), gone)
  stuck.add(slotOf(2, third), third)
  await endOne()
  assert.deepEqual(replaced, [0, 2])
})

test('while a rolling restart runs they wait for its end', async () => {
  const only = child()
  free = false
  stuck.add(slotOf(0, only), only)
  await turn()
  assert.deepEqual(replaced, [])
  free = true
  stuck.go()
  await turn()
  assert.deepEqual(replaced, [0])
})
