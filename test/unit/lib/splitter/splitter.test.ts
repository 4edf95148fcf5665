import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSplitter, prepareWeights, type SplitWeights } from '#lib/splitter'

const WHOLE = 1_000_000

/** Cuts a million at random places: weights of `variants` variants, zeros included. */
const weightsOf = (variants: number): fc.Arbitrary<SplitWeights> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: WHOLE }), fc.constantFrom(0, 1, WHOLE / 2, WHOLE - 1, WHOLE)), {
      minLength: variants - 1,
      maxLength: variants - 1
    })
    .map((cuts) => {
      const ordered = [0, ...cuts.sort((a, b) => a - b), WHOLE]
      const named = cuts.concat(0).map((_, i) => [`v${i}`, (ordered[i + 1] ?? 0) - (ordered[i] ?? 0)] as const)
      return prepareWeights(Object.fromEntries(named))
    })

const plan = fc.integer({ min: 2, max: 6 }).chain((variants) =>
  fc.array(fc.record({ weights: weightsOf(variants), calls: fc.integer({ min: 1, max: 400 }) }), {
    minLength: 1,
    maxLength: 4
  })
)

/** Fails if, counted from the first of these calls, any variant is ever a whole call off. */
function assertWithinOneCall(choices: Iterable<number>, { ppm }: SplitWeights): void {
  const sent = ppm.map(() => 0)
  let calls = 0
  for (const choice of choices) {
    calls++
    sent[choice] = (sent[choice] ?? 0) + 1
    for (const [i, weight] of ppm.entries()) {
      const off = Math.abs((sent[i] ?? 0) * WHOLE - weight * calls)
      assert.ok(off < WHOLE, `variant ${i} of ${ppm.join()} got ${sent[i]} of ${calls} calls`)
    }
  }
}

function* take(calls: number, choose: () => number): Generator<number> {
  for (let i = 0; i < calls; i++) yield choose()
}

describe('splitter', () => {
  it('is never a whole call off at any moment, counted from the last change of the weights', () => {
    fc.assert(
      fc.property(fc.integer(), plan, (seed, steps) => {
        const splitter = createSplitter({ seed })
        for (const { weights, calls } of steps) {
          assertWithinOneCall(
            take(calls, () => splitter.choose('key', weights)),
            weights
          )
        }
      }),
      { numRuns: 300 }
    )
  })

  it('is never a whole call off through the full period of a million calls', () => {
    for (const ppm of [
      { a: 1, b: 999_999 },
      { a: 333_333, b: 333_333, c: 333_334 },
      { a: 7, b: 13_001, c: 499_999, d: 486_993 }
    ]) {
      const weights = prepareWeights(ppm)
      const splitter = createSplitter({ seed: 3 })
      const sent = weights.ppm.map(() => 0)
      let worst = 0
      for (let calls = 1; calls <= WHOLE + 1000; calls++) {
        const choice = splitter.choose('key', weights)
        sent[choice] = (sent[choice] ?? 0) + 1
        for (const [i, weight] of weights.ppm.entries()) {
          worst = Math.max(worst, Math.abs((sent[i] ?? 0) * WHOLE - weight * calls))
        }
      }
      assert.ok(worst < WHOLE, `worst error ${worst / WHOLE} calls for ${weights.ppm.join()}`)
    }
  })

  it('gives each of two alternating callers its own exact share', () => {
    const weights = prepareWeights({ new: 500_000, old: 500_000 })
    const splitter = createSplitter({ seed: 1 })
    const sent = { A: [0, 0], B: [0, 0] }
    for (let i = 0; i < 1000; i++) {
      for (const caller of ['A', 'B'] as const) {
        const choice = splitter.choose(caller, weights)
        sent[caller][choice] = (sent[caller][choice] ?? 0) + 1
      }
    }
    assert.deepEqual(sent, { A: [500, 500], B: [500, 500] })
  })

  it('holds an even number of keys together within half a call each', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 8 }),
        weightsOf(2),
        fc.array(fc.nat(15), { maxLength: 300 }),
        (seed, pairs, weights, order) => {
          const keys = pairs * 2
          const splitter = createSplitter({ seed })
          const ppm = weights.ppm[1] ?? 0
          let sent = 0
          let calls = 0
          for (const pick of [...Array(keys).keys(), ...order]) {
            sent += splitter.choose(`key ${pick % keys}`, weights)
            calls++
            if (calls < keys) continue
            assert.ok(Math.abs(sent * WHOLE - ppm * calls) * 2 <= keys * WHOLE, `${sent} of ${calls}, ${keys} keys`)
          }
        }
      ),
      { numRuns: 200 }
    )
  })

  it('keeps the total at the weights when every call is a key never seen before', () => {
    for (const ppm of [
      { a: 10_000, b: 990_000 },
      { a: 10_000, b: 90_000, c: 900_000 }
    ]) {
      const weights = prepareWeights(ppm)
      const splitter = createSplitter({ seed: 5, maxKeys: 8 })
      const sent = weights.ppm.map(() => 0)
      for (let i = 0; i < 10_000; i++) {
        const choice = splitter.choose(`key ${i}`, weights)
        sent[choice] = (sent[choice] ?? 0) + 1
      }
      for (const [i, weight] of weights.ppm.entries()) {
        assert.ok(Math.abs((sent[i] ?? 0) - weight / 100) <= 5, `variant ${i} got ${sent[i]} of 10000 at ${weight} ppm`)
      }
    }
  })

  it('never chooses a weight of 0 and always chooses a weight of 1000000', () => {
    fc.assert(
      fc.property(fc.integer(), plan, (seed, steps) => {
        const splitter = createSplitter({ seed })
        for (const { weights, calls } of steps) {
          for (const choice of take(calls, () => splitter.choose('key', weights))) {
            assert.notEqual(weights.ppm[choice], 0)
          }
          const always = prepareWeights(Object.fromEntries(weights.names.map((name, i) => [name, i === 1 ? WHOLE : 0])))
          for (const choice of take(20, () => splitter.choose('key', always))) assert.equal(choice, 1)
        }
      }),
      { numRuns: 100 }
    )
  })

  it('sends everything to the only variant', () => {
    const weights = prepareWeights({ only: WHOLE })
    const splitter = createSplitter({ seed: 1 })
    assert.deepEqual([...take(5, () => splitter.choose('key', weights))], [0, 0, 0, 0, 0])
  })

  it('makes the same choices again from the same seed', () => {
    fc.assert(
      fc.property(fc.integer(), plan, fc.array(fc.nat(5), { maxLength: 50 }), (seed, steps, keys) => {
        const run = () => {
          const splitter = createSplitter({ seed, maxKeys: 3 })
          return steps.flatMap(({ weights }) => keys.map((key) => splitter.choose(`${key}`, weights)))
        }
        assert.deepEqual(run(), run())
      }),
      { numRuns: 50 }
    )
  })

  it('makes other choices from another seed', () => {
    const weights = prepareWeights({ a: 500_000, b: 500_000 })
    const run = (seed: number) => {
      const splitter = createSplitter({ seed })
      return [...Array(64).keys()].map((key) => splitter.choose(`${key}`, weights)).join('')
    }
    assert.notEqual(run(1), run(2))
  })

  it('goes on undisturbed when a new generation of the document has the same weights', () => {
    for (const ppm of [
      { a: 300_000, b: 700_000 },
      { a: 300_000, b: 300_000, c: 400_000 }
    ]) {
      const calm = createSplitter({ seed: 9 })
      const busy = createSplitter({ seed: 9 })
      const weights = prepareWeights(ppm)
      for (let i = 0; i < 200; i++) {
        assert.equal(busy.choose('key', prepareWeights(ppm)), calm.choose('key', weights))
      }
    }
  })

  it('remembers keys in use and forgets idle ones when there are more than it may hold', () => {
    const weights = prepareWeights({ a: 1, b: 999_999 })
    const splitter = createSplitter({ seed: 2, maxKeys: 4 })
    let first = 0
    for (let i = 0; i < WHOLE; i++) {
      if (splitter.choose('in use', weights) === 0) first++
      if (i % 1000 === 0) splitter.choose(`idle ${i}`, weights)
    }
    assert.equal(first, 1)
  })
})
