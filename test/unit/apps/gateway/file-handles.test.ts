import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hasHandle, mostConnections, readFileHandles } from '../../../../src/apps/gateway/file-handles.ts'

describe('connections and file handles', () => {
  test('a quarter of the handles that are free at the start stays free of consumers', () => {
    assert.equal(mostConnections(10_000, { limit: 1024, open: 24 }), 750)
  })

  test('what is configured holds where there are handles enough, or no limit is known', () => {
    assert.equal(mostConnections(10_000, { limit: 1_048_576, open: 40 }), 10_000)
    assert.equal(mostConnections(10_000, { limit: Number.POSITIVE_INFINITY, open: 0 }), 10_000)
  })

  test('one connection is always possible', () => {
    assert.equal(mostConnections(10_000, { limit: 40, open: 40 }), 1)
  })

  test('eight handles are left for what comes for a moment, where a limit is known', () => {
    const handles = { limit: 100, open: 40 }
    assert.deepEqual(
      [0, 51, 52, 1000].map((connections) => hasHandle(handles, connections)),
      [true, true, false, false]
    )
    assert.equal(hasHandle({ limit: Number.POSITIVE_INFINITY, open: 0 }, 100_000), true)
  })

  test('this process has some open and may have more', () => {
    const { limit, open } = readFileHandles()
    assert.ok(limit > open, `${open} of ${limit}`)
    if (process.platform === 'linux') assert.ok(open > 3 && Number.isInteger(limit), `${open} of ${limit}`)
  })
})
