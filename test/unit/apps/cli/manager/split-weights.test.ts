import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  moveWeight,
  printSplit,
  readShare,
  readShares,
  setWeights,
  shiftWeight
} from '../../../../../src/apps/cli/manager/split-weights.ts'

const sumOf = (weights: Readonly<Record<string, number>>): number =>
  Object.values(weights).reduce((sum, ppm) => sum + ppm, 0)

test('a share is a percentage or parts per million', () => {
  assert.deepEqual(readShare('seldon=25%'), ['seldon', 250_000])
  assert.deepEqual(readShare('seldon=0.1234%'), ['seldon', 1234])
  assert.deepEqual(readShare('seldon=17ppm'), ['seldon', 17])
})

for (const text of [
  'seldon',
  'seldon=25',
  'seldon=101%',
  'seldon=0.00001%',
  'seldon=1.5ppm',
  '=1%',
  'a b=1%',
  'x=-1%'
]) {
  test(`"${text}" is no share`, () => {
    assert.throws(() => readShare(text), { code: 'ABOX_CLI_USAGE' })
  })
}

test('a variant that is named twice is refused: nobody knows which share is meant', () => {
  assert.deepEqual(
    [...readShares(['a=1%', 'b=99%'])],
    [
      ['a', 10_000],
      ['b', 990_000]
    ]
  )
  assert.throws(() => readShares(['a=1%', 'b=50%', 'a=50%']), { code: 'ABOX_CLI_USAGE', message: /found a twice/ })
})

test('set wants the whole and gives what it does not name nothing', () => {
  const split = { weights: { legacy: 600_000, seldon: 300_000, canary: 100_000 } }
  const after = setWeights(split, new Map([['seldon', 1_000_000]]))
  assert.deepEqual(after.weights, { legacy: 0, seldon: 1_000_000, canary: 0 })
  assert.throws(() => setWeights(split, new Map([['seldon', 999_999]])), { code: 'ABOX_CLI_USAGE' })
})

test('shift divides the rest as it was divided before', () => {
  const split = { weights: { legacy: 600_000, canary: 200_000, seldon: 200_000 } }
  assert.deepEqual(shiftWeight(split, 'seldon', 600_000).weights, { seldon: 600_000, legacy: 300_000, canary: 100_000 })
})

test('shift back from everything goes to the only other one', () => {
  const split = { weights: { legacy: 0, seldon: 1_000_000 } }
  assert.deepEqual(shiftWeight(split, 'seldon', 900_000).weights, { legacy: 100_000, seldon: 900_000 })
})

test('shift refuses to guess between two others that had nothing', () => {
  const split = { weights: { legacy: 0, canary: 0, seldon: 1_000_000 } }
  assert.throws(() => shiftWeight(split, 'seldon', 900_000), { code: 'ABOX_CLI_USAGE' })
})

test('after any shift the shares are the whole and none is below nothing', () => {
  const weights = fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(weights, fc.nat(1_000_000), (parts, ppm) => {
      fc.pre(parts.slice(1).some((part) => part > 0))
      const split = { weights: Object.fromEntries(parts.map((part, index) => [`v${index}`, part])) }
      const after = shiftWeight(split, 'v0', ppm).weights
      assert.equal(sumOf(after), 1_000_000)
      assert.equal(after['v0'], ppm)
      for (const value of Object.values(after)) assert.ok(Number.isInteger(value) && value >= 0)
    })
  )
})

test('a kill switch is what is printed first', () => {
  assert.equal(printSplit({ weights: { a: 750_000, b: 250_000 } }), 'a 75%, b 25%')
  assert.match(printSplit({ weights: { a: 1_000_000 }, kill: 'a' }), /^KILL is on: all to a /)
})

test('a variant gives its whole share to another, and the others keep theirs', () => {
  const split = { weights: { a: 600_000, b: 100_000, c: 300_000 } }
  assert.deepEqual(moveWeight(split, 'a', 'b').weights, { a: 0, b: 700_000, c: 300_000 })
  assert.deepEqual(moveWeight({ weights: { a: 1_000_000 } }, 'a', 'b').weights, { a: 0, b: 1_000_000 })
})
