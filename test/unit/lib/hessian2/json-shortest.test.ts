import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { JsonSink } from '#lib/json'
import { writeShortest } from '../../../../src/lib/hessian2/json-shortest.ts'

/** What is written of a number; undefined when it is refused. */
function shortest(value: number): string | undefined {
  const sink = new JsonSink(1)
  return writeShortest(sink, value) ? sink.take().toString('latin1') : undefined
}

const bits = new BigInt64Array(1)
const float = new Float64Array(bits.buffer)

/** The double that is so many doubles behind `value`. */
function beside(value: number, steps: number): number {
  float[0] = value
  bits[0] = (bits[0] as bigint) + BigInt(steps)
  return float[0]
}

function isPowerOfTwo(value: number): boolean {
  float[0] = value
  return ((bits[0] as bigint) & 0xf_ffff_ffff_ffffn) === 0n
}

/** Whether this is one of the numbers that must be written. */
function isOurs(value: number): boolean {
  const size = Math.abs(value)
  return size >= 0.0001 && size < 1e15 && !Number.isInteger(value) && !isPowerOfTwo(value)
}

function check(value: number): void {
  assert.equal(shortest(value), isOurs(value) ? String(value) : undefined, String(value))
}

describe('writeShortest', () => {
  it('writes the digits that the engine writes, of any double', () => {
    fc.assert(fc.property(fc.double({ min: -1e16, max: 1e16 }), check), { numRuns: 20_000 })
    fc.assert(fc.property(fc.double({ min: 0, max: 1 }), check), { numRuns: 20_000 })
  })

  it('writes those of a widened float, of which many lie just between two decimals', () => {
    fc.assert(fc.property(fc.float({ min: -1000, max: 1000 }), check), { numRuns: 20_000 })
  })

  it('writes those of a decimal of any number of digits', () => {
    const decimal = fc.tuple(fc.bigInt(1n, 99_999_999_999_999_999n), fc.integer({ min: -20, max: 0 }))
    fc.assert(
      fc.property(decimal, ([digits, exponent]) => check(Number(`${digits}e${exponent}`))),
      { numRuns: 20_000 }
    )
  })

  it('writes those of the doubles beside powers of two and of ten', () => {
    const powers = Array.from({ length: 70 }, (_, i) => 2 ** (i - 18)).concat(
      Array.from({ length: 22 }, (_, i) => Number(`1e${i - 5}`))
    )
    for (const power of powers) for (let steps = -40; steps <= 40; steps++) check(beside(power, steps))
  })

  it('writes the even one of two decimals that are equally close', () => {
    // Exactly 512.00006103515625 and 512.00018310546875: 17 digits, of which the last is a five and 16 are enough.
    assert.equal(shortest(512 + 1 / 16_384), '512.0000610351562')
    assert.equal(shortest(512 + 3 / 16_384), '512.0001831054688')
  })

  it('leaves to others what is whole, no number, too large or too small', () => {
    for (const value of [0, -0, 1, 1e15, 1e300, 0.00009, 5e-324, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(shortest(value), undefined)
    }
  })
})
