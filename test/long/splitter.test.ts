import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSplitter, prepareWeights } from '#lib/splitter'

const CALLS = 1_000_000

test('a million calls over two, three and five variants are less than one call off at every moment', () => {
  for (const ppm of [
    [370_001, 629_999],
    [1, 999_999],
    [333_333, 333_333, 333_334],
    [10_000, 90_000, 200_000, 300_000, 400_000]
  ]) {
    const weights = prepareWeights(Object.fromEntries(ppm.map((weight, index) => [`v${index}`, weight])))
    const splitter = createSplitter({ maxKeys: 10, seed: 7 })
    const sent = ppm.map(() => 0)
    let worst = 0
    for (let call = 1; call <= CALLS; call++) {
      const chosen = splitter.choose('one', weights)
      sent[chosen] = (sent[chosen] ?? 0) + 1
      for (const [index, weight] of weights.ppm.entries()) {
        worst = Math.max(worst, Math.abs((sent[index] ?? 0) - (weight * call) / 1_000_000))
      }
    }
    assert.ok(worst < 1, `${ppm.join('/')}: ${worst} off`)
  }
})

test('a thousand callers that share a split are together at most half a call off each', () => {
  const weights = prepareWeights({ a: 250_000, b: 750_000 })
  const splitter = createSplitter({ maxKeys: 10_000, seed: 3 })
  let sent = 0
  for (let call = 1; call <= CALLS; call++) {
    if (weights.names[splitter.choose(`caller-${call % 1000}`, weights)] === 'a') sent++
    if (call % 1000 === 0) assert.ok(Math.abs(sent - call / 4) <= 500, `after ${call}: ${sent}`)
  }
})
