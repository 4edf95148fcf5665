import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from '../harness/fuzz/campaign.ts'
import { seedOf } from '../harness/fuzz/chance.ts'
import { JsonTarget, mutateText, seedTexts } from '../harness/fuzz/json-target.ts'

const TEXTS = 200_000
const CAP_MS = 5 * 60_000

test('mutated JSON texts are written by type or refused with a code, whatever lies around them', () => {
  const seeds = seedTexts()
  const target = new JsonTarget()
  const started = performance.now()
  const done = runCampaign({
    name: 'json',
    seed: seedOf(1),
    runs: TEXTS,
    capMs: CAP_MS,
    make: (pick) => mutateText(seeds, pick),
    check: (text, run) => target.run(text, run)
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`fuzz: ${done} JSON texts in ${seconds} s, ${target.sound} sound: ok`)
  assert.ok(target.sound > done / 100)
})
