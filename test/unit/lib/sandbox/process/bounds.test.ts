import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bounds } from '../../../../../src/lib/sandbox/process/bounds.ts'
import { Hosted } from '../../../../../src/lib/sandbox/process/jobs.ts'

const MILLION = 1024 * 1024

const owner = (name: string): Hosted => new Hosted(1, { name, source: '' })

/** How many jobs of this size it may have. */
function fill(bounds: Bounds, of: Hosted, size: number): number {
  for (let count = 0; ; count++) {
    if (bounds.refusalOf(of, size) !== undefined) return count
    bounds.add(of, size, 1)
  }
}

describe('the bounds of jobs', () => {
  it('give one sandbox a quarter of the jobs and of the text', () => {
    assert.equal(fill(new Bounds(), owner('slow'), 10), 4096)
    assert.equal(fill(new Bounds(), owner('slow'), MILLION), 16)
  })

  it('let one job alone have all the text that a job may have', () => {
    assert.equal(fill(new Bounds(), owner('large'), 32 * MILLION), 1)
    assert.equal(new Bounds().refusalOf(owner('large'), 32 * MILLION + 1)?.code, 'ABOX_HOOK_INPUT')
  })

  it('hold for all together, but refuse no sandbox its 64 jobs and its million characters', () => {
    for (const [size, most] of [
      [10, 64],
      [MILLION / 4, 4]
    ] as const) {
      const bounds = new Bounds()
      for (let version = 0; version < 4; version++) fill(bounds, owner(`slow@${version}`), size)
      assert.equal(fill(bounds, owner('good'), size), most)
    }
  })

  it('say whose calls are too many', () => {
    const bounds = new Bounds()
    const slow = Array.from({ length: 4 }, (_, version) => owner(`slow@${version}`))
    for (const each of slow) fill(bounds, each, 10)
    const good = owner('good')
    fill(bounds, good, 10)
    assert.match(
      bounds.refusalOf(slow[0] as Hosted, 1)?.message ?? '',
      /ABOX_HOOK_BUSY: slow@0: found 4096 calls of its own/
    )
    assert.match(bounds.refusalOf(good, 1)?.message ?? '', /ABOX_HOOK_BUSY: good: found 16448 calls of all hooks/)
  })

  it('are given back with the answer', () => {
    const bounds = new Bounds()
    const slow = owner('slow')
    fill(bounds, slow, 10)
    bounds.add(slow, 10, -1)
    assert.equal(fill(bounds, slow, 10), 1)
    for (let left = 4096; left > 0; left--) bounds.add(slow, 10, -1)
    assert.equal(bounds.inFlight, 0)
    assert.deepEqual(slow.held, { jobs: 0, text: 0 })
  })
})
