import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { prepareWeights } from '#lib/splitter'

describe('split weights', () => {
  it('are the same split in whatever order the document lists its variants', () => {
    assert.deepEqual(prepareWeights({ old: 990_000, new: 10_000 }), { names: ['new', 'old'], ppm: [10_000, 990_000] })
    assert.deepEqual(prepareWeights({ new: 10_000, old: 990_000 }), prepareWeights({ old: 990_000, new: 10_000 }))
  })

  it('name the sum and its parts when they do not add up to a million', () => {
    assert.throws(() => prepareWeights({ old: 990_000, new: 1_000 }), {
      code: 'ABOX_SPLIT_WEIGHTS',
      fault: 'operator',
      message: /add up to 991000 \(new 1000 \+ old 990000\), expected 1000000/
    })
  })

  it('name the variant whose weight is no integer from 0 to a million', () => {
    for (const bad of [-1, 0.5, Number.NaN, 1_000_001, '10000' as unknown as number]) {
      assert.throws(() => prepareWeights({ old: 1_000_000, canary: bad }), {
        code: 'ABOX_SPLIT_WEIGHTS',
        path: 'canary',
        message: new RegExp(`variant 'canary' has the weight ${bad}, expected an integer from 0 to 1000000`)
      })
    }
  })

  it('need at least one variant', () => {
    assert.throws(() => prepareWeights({}), { code: 'ABOX_SPLIT_WEIGHTS', message: /found no variant/ })
  })
})
