import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rowsOf } from '../../../../../src/apps/cli/manager/split-watch.ts'

describe('what split watch shows of each variant', () => {
  test('a variant without calls stands with its weight, one that has left the split with its calls', () => {
    const items = [
      { variant: 'old', calls: 3, perSecond: 3, errors: 1, share: 0.75, p50Ms: 1, p99Ms: 2 },
      { variant: 'gone', calls: 1, perSecond: 1, errors: 0, share: 0.25 }
    ]
    const rows = rowsOf({ weights: { old: 900_000, new: 100_000 } }, items)
    assert.deepEqual(
      rows.map(({ variant, ppm, share, errors }) => [variant, ppm, share, errors]),
      [
        ['old', 900_000, 0.75, 1 / 3],
        ['new', 100_000, 0, 0],
        ['gone', undefined, 0.25, 0]
      ]
    )
  })

  test('what has all calls by the kill switch is there, though no weight names it', () => {
    const rows = rowsOf({ weights: { old: 1_000_000 }, kill: 'new' }, [])
    assert.deepEqual(
      rows.map(({ variant, ppm }) => [variant, ppm]),
      [
        ['old', 1_000_000],
        ['new', undefined]
      ]
    )
  })

  test('a model without calls has shares of nothing, not of a division by nothing', () => {
    assert.deepEqual(
      rowsOf({ weights: { old: 1_000_000 } }, []).map(({ share, errors }) => [share, errors]),
      [[0, 0]]
    )
  })
})
