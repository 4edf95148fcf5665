import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from '../../../harness/fuzz/campaign.ts'
import { seedOf } from '../../../harness/fuzz/chance.ts'
import { JsonTarget, mutateText, seedTexts } from '../../../harness/fuzz/json-target.ts'

// The long form of this is in test/long.
test('two thousand mutated JSON texts are written by type or refused with a code, whatever lies around them', () => {
  const seeds = seedTexts()
  const target = new JsonTarget()
  const done = runCampaign({
    name: 'json',
    seed: seedOf(20_261),
    runs: 2000,
    capMs: 10_000,
    make: (pick) => mutateText(seeds, pick),
    check: (text, run) => target.run(text, run)
  })
  assert.ok(target.sound > done / 100, `${target.sound} of ${done} are JSON`)
})
