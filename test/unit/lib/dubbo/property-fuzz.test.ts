import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from '../../../harness/fuzz/campaign.ts'
import { seedOf } from '../../../harness/fuzz/chance.ts'
import { FrameTarget } from '../../../harness/fuzz/frame-target.ts'
import { seedFrames } from '../../../harness/fuzz/frames.ts'
import { mutateFrame } from '../../../harness/fuzz/mutate.ts'

// The long form of this is in test/long.
test('three thousand mutated frames end in values or coded errors, whatever lies around them', () => {
  const seeds = seedFrames()
  const target = new FrameTarget()
  const done = runCampaign({
    name: 'frames',
    seed: seedOf(20_260),
    runs: 3000,
    capMs: 10_000,
    make: (pick) => mutateFrame(seeds, pick),
    check: (frame, run, thorough) => target.run(frame, run, thorough)
  })
  assert.ok(target.sound > done / 100 && target.calls > done / 100, `${target.sound} sound, ${target.calls} calls`)
})
