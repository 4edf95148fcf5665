import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HessianScan } from '#lib/hessian2'
import { runCampaign } from '../../../harness/fuzz/campaign.ts'
import { chance, seedAt } from '../../../harness/fuzz/chance.ts'
import { FrameTarget } from '../../../harness/fuzz/frame-target.ts'
import { frameOf, seedFrames } from '../../../harness/fuzz/frames.ts'
import { mutateFrame } from '../../../harness/fuzz/mutate.ts'
import { assertNothingAdded } from '../../../harness/fuzz/prototypes.ts'

test('the same seed makes the same mutants, another seed others', () => {
  const seeds = seedFrames()
  const made = (seed: number): string =>
    Array.from({ length: 50 }, (_, run) => mutateFrame(seeds, chance(seedAt(seed, run))).toString('hex')).join()
  assert.equal(made(1), made(1))
  assert.notEqual(made(1), made(2))
})

test('an input that fails is made small and shown as hex with its seed', () => {
  const seeds = [Buffer.alloc(500, 0x11)]
  const campaign = () =>
    runCampaign({
      name: 'example',
      seed: 42,
      runs: 10_000,
      capMs: 10_000,
      make: (pick) => mutateFrame(seeds, pick),
      check: (input) => {
        if (input.indexOf('5190', 0, 'hex') >= 0) throw new Error('a fault')
      }
    })
  assert.throws(campaign, ({ message }: Error) => {
    assert.match(message, /^example: input \d+ of seed 42 \(ABOX_FUZZ_SEED=42\), 2 bytes:\n5190\n/)
    assert.match(message, /a fault/)
    return true
  })
})

test('a property that was added to what all objects inherit is seen', () => {
  assertNothingAdded()
  Object.defineProperty(Object.prototype, 'isAdmin', { value: true, configurable: true })
  try {
    assert.throws(assertNothingAdded)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'isAdmin')
  }
  assertNothingAdded()
})

test('a reader that goes on behind the end is seen', () => {
  const target = new FrameTarget()
  const frame = frameOf(Buffer.from('7a90', 'hex'))
  target.run(frame, 0, true)
  const { skip } = HessianScan.prototype
  HessianScan.prototype.skip = function (this: HessianScan) {
    Object.assign(this, { end: this.bytes.length })
    return skip.call(this)
  }
  try {
    assert.throws(() => target.run(frame, 0, false), /the cursor is behind the end/)
  } finally {
    HessianScan.prototype.skip = skip
  }
})
