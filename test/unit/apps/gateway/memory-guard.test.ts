import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createMemoryGuard, memoryLimit, readMemory } from '../../../../src/apps/gateway/memory-guard.ts'

const MIB = 1024 * 1024

/** A guard of 1000 MiB that began with 100 MiB of native memory; `set` takes MiB. */
function guardOf(collect: () => void = () => {}) {
  const use = { rss: 100 * MIB, objects: 0, heap: 0, heapLimit: 1000 * MIB }
  const guard = createMemoryGuard({
    ...{ limitBytes: 1000 * MIB, read: () => ({ ...use }), collect, everyMs: 0, log: silentLogger }
  })
  const set = (change: Partial<typeof use>): string => {
    for (const [key, mib] of Object.entries(change)) use[key as keyof typeof use] = mib * MIB
    guard.look()
    return guard.level
  }
  /** Levels while so many MiB are used, as the kernel sees it and as objects. */
  const levels = (values: readonly number[]): string[] => values.map((mib) => set({ rss: mib, objects: mib - 100 }))
  return { guard, levels, set }
}

describe('the memory guard', () => {
  test('a level begins at its share of the limit and ends only well below', () => {
    const { guard, levels } = guardOf()
    assert.deepEqual(levels([799, 800, 760, 799, 749]), ['ok', 'soft', 'soft', 'soft', 'ok'])
    assert.deepEqual(levels([899, 900, 860, 849, 900, 700]), ['soft', 'hard', 'hard', 'soft', 'hard', 'ok'])
    assert.deepEqual(Object.fromEntries(guard.begun()), { soft: 2, hard: 2 })
  })

  test('the JavaScript heap counts against the limit that V8 has for it', () => {
    const { guard, set } = guardOf()
    assert.deepEqual([set({ heap: 850 }), set({ heap: 950 })], ['soft', 'hard'])
    assert.equal(guard.describe(), 'found 950 MiB of the JavaScript heap used of 1000, expected below 850')
    assert.equal(set({ heap: 100 }), 'ok')
  })

  test('what it says names what was found and what was expected', () => {
    const { guard, levels } = guardOf()
    levels([820])
    assert.equal(guard.describe(), 'found 820 MiB of memory used of 1000, expected below 750')
  })

  test('memory that V8 and malloc keep, but nothing lies in, does not count', () => {
    const { guard, set } = guardOf()
    assert.equal(set({ rss: 950, objects: 850 }), 'hard')
    assert.equal(set({ objects: 300 }), 'ok', 'the resident memory has not fallen')
    assert.equal(guard.used(), 400 * MIB)
  })

  test('what nobody needs is collected before anything is refused', () => {
    let garbage = 0
    const use = { rss: 100, objects: 0, heap: 0, heapLimit: 1000 }
    let collections = 0
    const guard = createMemoryGuard({
      limitBytes: 1000,
      read: () => ({ ...use, objects: use.objects + garbage }),
      collect() {
        collections++
        garbage = 0
      },
      everyMs: 0,
      log: silentLogger
    })
    use.rss = 960
    garbage = 850
    guard.look()
    assert.deepEqual([guard.level, collections], ['ok', 1])
    guard.look()
    assert.equal(collections, 1, 'not while there is enough')
    for (let i = 0; i < 40; i++) {
      garbage = 850
      guard.look()
    }
    assert.equal(collections, 3, 'nor with each look, where it is soon used up again')
  })

  test('while a level lasts it is collected again, and not with each look', () => {
    let collections = 0
    const { guard, levels } = guardOf(() => collections++)
    levels([950])
    for (let i = 0; i < 199; i++) guard.look()
    assert.equal(collections, 10, 'at `hard` with every 20th look')
    levels([700, 820])
    const before = collections
    for (let i = 0; i < 239; i++) guard.look()
    assert.equal(collections - before, 1, 'at `soft` with every 120th')
  })

  test('out of file handles, when nobody tells the resident memory, what V8 knows counts', () => {
    const use = readMemory(() => {
      throw new Error('EMFILE: too many open files, uv_resident_set_memory')
    })
    const { heap, heapLimit } = readMemory()
    assert.equal(use.heapLimit, heapLimit)
    assert.ok(use.heap > heap / 2 && use.heap < heap * 2, `${use.heap} of ${heap}`)
    assert.ok(use.objects >= use.heap && Number.isFinite(use.objects), `${use.objects} of ${use.heap}`)
    const limitBytes = 64 * 1024 * MIB
    const guard = createMemoryGuard({ limitBytes, read: () => use, everyMs: 0, log: silentLogger })
    assert.equal(guard.level, 'ok')
  })

  test('reads this process', () => {
    const { rss, objects, heap, heapLimit } = readMemory()
    assert.ok(rss > heap && objects > heap && heap > MIB && heapLimit > heap)
  })

  test('the limit is the configured one, else an instance’s part of the container, else of the machine', () => {
    assert.equal(memoryLimit(300, 4, 8000 * MIB, 16_000 * MIB), 300 * MIB)
    assert.equal(memoryLimit(undefined, 4, 8000 * MIB, 16_000 * MIB), 2000 * MIB)
    for (const none of [0, 2 ** 64]) assert.equal(memoryLimit(undefined, 4, none, 16_000 * MIB), 4000 * MIB)
    assert.equal(memoryLimit(undefined, 16, 1000 * MIB, 16_000 * MIB), 512 * MIB, 'never so little that nothing runs')
  })
})
