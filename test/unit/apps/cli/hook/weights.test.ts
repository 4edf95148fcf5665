import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseWeight, printWeight, reweigh } from '../../../../../src/apps/cli/hook/weights.ts'

const WHOLE = 1_000_000
const sum = (weights: readonly number[]): number => weights.reduce((total, weight) => total + weight, 0)

/** Weights that add up to WHOLE, many of them 0 or tiny, and which one gets how much. */
const change = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 }), fc.nat(WHOLE)), { minLength: 1, maxLength: 12 })
  .filter((parts) => sum(parts) > 0)
  .chain((parts) => {
    const total = sum(parts)
    const weights = parts.map((part) => Math.floor((part * WHOLE) / total))
    const heaviest = weights.indexOf(Math.max(...weights))
    weights[heaviest] = (weights[heaviest] as number) + WHOLE - sum(weights)
    return fc.record({
      weights: fc.constant(weights),
      index: fc.nat(weights.length - 1),
      ppm: fc.oneof(fc.constantFrom(0, 1, 9999, 10_000, 999_999, WHOLE), fc.nat(WHOLE))
    })
  })
  // Otherwise nobody is there to give to or take from.
  .filter(({ weights, index }) => sum(weights) - (weights[index] as number) > 0)

describe('weights of a hook', () => {
  test('whatever is changed, they are whole parts per million that add up exactly', () => {
    fc.assert(
      fc.property(change, ({ weights, index, ppm }) => {
        const after = reweigh(weights, index, ppm)
        assert.equal(sum(after), WHOLE)
        assert.equal(after[index], ppm)
        for (const weight of after) assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= WHOLE)
      }),
      { numRuns: 2000 }
    )
  })

  test('each other version is less than one part per million from its exact share', () => {
    fc.assert(
      fc.property(change, ({ weights, index, ppm }) => {
        const after = reweigh(weights, index, ppm)
        const others = BigInt(sum(weights) - (weights[index] as number))
        for (const [i, weight] of weights.entries()) {
          if (i === index) continue
          const exact = BigInt(weight) * BigInt(WHOLE - ppm)
          const off = BigInt(after[i] as number) * others - exact
          assert.ok(off > -others && off < others, `${weights.join()} ${index} ${ppm}`)
        }
      }),
      { numRuns: 2000 }
    )
  })

  test('a version without weight gets none, and none overtakes another', () => {
    fc.assert(
      fc.property(change, ({ weights, index, ppm }) => {
        const after = reweigh(weights, index, ppm)
        for (const [i, a] of weights.entries()) {
          if (i === index) continue
          if (a === 0) assert.equal(after[i], 0)
          for (const [j, b] of weights.entries()) {
            if (j !== index && a > b) assert.ok((after[i] as number) >= (after[j] as number))
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  test('what is told already changes nothing', () => {
    fc.assert(
      fc.property(change, ({ weights, index }) => {
        assert.deepEqual(reweigh(weights, index, weights[index] as number), weights)
      })
    )
  })

  test('where only one version is left without weight, it takes the rest', () => {
    assert.deepEqual(reweigh([WHOLE, 0], 0, 100_000), [100_000, 900_000])
    assert.deepEqual(reweigh([WHOLE], 0, WHOLE), [WHOLE])
  })

  test('where nobody is meant to take the rest, that is told', () => {
    assert.throws(() => reweigh([WHOLE, 0, 0], 0, 100_000), { code: 'ABOX_HOOK_WEIGHT' })
    assert.throws(() => reweigh([WHOLE], 0, 100_000), { code: 'ABOX_HOOK_WEIGHT' })
  })

  test('per cent are read exactly and printed as they are read', () => {
    assert.equal(parseWeight('1%'), 10_000)
    assert.equal(parseWeight('0.0001%'), 1)
    assert.equal(parseWeight('33.3333%'), 333_333)
    assert.equal(parseWeight('500ppm'), 500)
    fc.assert(
      fc.property(fc.nat(WHOLE), (ppm) => {
        assert.equal(parseWeight(`${ppm}ppm`), ppm)
        const text = printWeight(ppm)
        if (!text.includes('e')) assert.equal(parseWeight(text.replace(' ', '')), ppm)
      })
    )
  })

  test('what is no share of all calls is refused', () => {
    for (const text of ['', '1', '-1%', '101%', '0.00001%', '1e2%', '1000001ppm', '1,5%', 'NaN%']) {
      assert.throws(() => parseWeight(text), { code: 'ABOX_CLI_USAGE' }, text)
    }
  })
})
