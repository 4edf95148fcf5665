import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createMemoryGuard, readMemory } from '../../../../src/apps/gateway/memory-guard.ts'
import { until } from '../../../harness/until.ts'

const MIB = 1024 * 1024

// Here and not with the unit tests, which share one process: what they leave behind would be measured too.
describe('the memory guard', () => {
  test('this process: buffers that are let go end a level, although the resident memory does not fall', async () => {
    const { rss } = readMemory()
    const limitBytes = rss + 160 * MIB
    const guard = createMemoryGuard({ limitBytes, everyMs: 0, log: silentLogger })
    const buffers = Array.from({ length: 1600 }, () => Buffer.alloc(100 * 1024, 1))
    guard.look()
    assert.equal(guard.level, 'hard', `${guard.describe()}, holding ${buffers.length}`)
    buffers.length = 0
    // V8 gives buffers back some time after it found that nobody needs them.
    await until('the end of the level', () => {
      guard.look()
      return guard.level !== 'hard'
    })
  })
})
