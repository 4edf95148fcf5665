import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSplitter, prepareWeights } from '#lib/splitter'
import { chooseHook } from '../../../../../src/apps/gateway/choose.ts'
import type { Disabled } from '../../../../../src/apps/gateway/hooks/kept-trust.ts'
import type { HookEntry, HookVersion } from '../../../../../src/apps/gateway/hooks.ts'

/** A version that can be disabled while the test runs. */
type Fake = HookVersion & { disabled: Disabled | undefined }

const DISABLED: Disabled = { why: 'three strikes', at: Date.UTC(2026, 0, 2) }

function version(digest: string): Fake {
  const looks = { pre: false, post: false }
  const label = `rank@${digest}`
  return {
    digest,
    label,
    hasPre: true,
    hasPost: true,
    sandbox: undefined as never,
    disabled: undefined,
    stoodIn: 0,
    looks
  }
}

function entryOf(
  weights: Readonly<Record<string, number>>,
  standby?: Fake
): { entry: HookEntry; of: Record<string, Fake> } {
  const prepared = prepareWeights(weights)
  const of = Object.fromEntries(prepared.names.map((name) => [name, version(name)]))
  const versions = prepared.names.map((name) => of[name] as Fake)
  return { entry: { name: 'rank', versions, weights: prepared, standby }, of }
}

function draw(entry: HookEntry, calls: number): Record<string, number> {
  const splitter = createSplitter({ maxKeys: 10, seed: 1 })
  const seen: Record<string, number> = {}
  for (let i = 0; i < calls; i++) {
    const { digest } = chooseHook(splitter, entry, 'legacy', 'shop')
    seen[digest] = (seen[digest] ?? 0) + 1
  }
  return seen
}

describe('the calls of a disabled version', () => {
  test('go to the version with the largest weight, and the others keep theirs exactly', () => {
    const { entry, of } = entryOf({ a: 100_000, b: 600_000, c: 300_000 })
    Object.assign(of['a'] as Fake, { disabled: DISABLED })
    assert.deepEqual(draw(entry, 1000), { b: 700, c: 300 })
    assert.deepEqual([of['a']?.stoodIn, of['b']?.stoodIn], [100, 0])
    Object.assign(of['b'] as Fake, { disabled: DISABLED })
    assert.deepEqual(draw(entry, 1000), { c: 1000 })
  })

  test('go to a version without weight where the others are disabled', () => {
    const { entry, of } = entryOf({ a: 0, b: 1_000_000 }, version('z'))
    Object.assign(of['b'] as Fake, { disabled: DISABLED })
    assert.deepEqual(draw(entry, 10), { a: 10 })
  })

  test('go to the version that ran before where all of the document are disabled', () => {
    const { entry, of } = entryOf({ a: 1_000_000 }, version('z'))
    assert.deepEqual(draw(entry, 10), { a: 10 })
    Object.assign(of['a'] as Fake, { disabled: DISABLED })
    assert.deepEqual(draw(entry, 10), { z: 10 })
  })

  test('end with a code that says which version, why, since when and what to do, where none is left', () => {
    const standby = version('z')
    const { entry, of } = entryOf({ a: 1_000_000 }, standby)
    Object.assign(of['a'] as Fake, { disabled: DISABLED })
    Object.assign(standby, { disabled: DISABLED })
    assert.throws(
      () => draw(entry, 1),
      /^AboxError: ABOX_HOOK_DISABLED: hook rank@a is disabled since 2026-01-02T00:00:00.000Z: three strikes; .*POST \/hooks\/enable/
    )
  })
})
