import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from '../harness/fuzz/campaign.ts'
import { seedOf } from '../harness/fuzz/chance.ts'
import { FrameTarget } from '../harness/fuzz/frame-target.ts'
import { seedFrames } from '../harness/fuzz/frames.ts'
import { mutateFrame } from '../harness/fuzz/mutate.ts'

const FRAMES = Number(process.env['ABOX_FUZZ_RUNS'] ?? 1_000_000)
const CAP_MS = 25 * 60_000

test('a million mutated frames end in values or coded errors, whatever lies around them', () => {
  const seeds = seedFrames()
  const target = new FrameTarget()
  const seed = seedOf(1)
  const started = performance.now()
  const done = runCampaign({
    name: 'frames',
    seed,
    runs: FRAMES,
    capMs: CAP_MS,
    make: (pick) => mutateFrame(seeds, pick),
    check: (frame, run, thorough) => target.run(frame, run, thorough)
  })
  const seconds = (performance.now() - started) / 1000
  console.log(
    `fuzz: ${done} frames of ${seeds.length} seeds in ${seconds.toFixed(0)} s, ${target.sound} sound, ${target.calls} calls: ok`
  )
  assert.equal(done, FRAMES, `only ${done} frames were made within ${CAP_MS} ms`)
  assert.ok(target.sound > done / 100 && target.calls > done / 100, 'some mutants are read to their end')
})
