import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Hook } from '#contracts/hook'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { createSandbox, sandboxErrors } from '#lib/sandbox'
import { createSplitter } from '#lib/splitter'
import { chooseHook } from '../../../../src/apps/gateway/choose.ts'
import { createHookStore, type HookStore } from '../../../../src/apps/gateway/hook-store.ts'
import { keyOf, type Place } from '../../../../src/apps/gateway/hooks/kept-trust.ts'
import { type HookKnowledge, openHookKnowledge } from '../../../../src/apps/gateway/hooks/knowledge.ts'
import { createHooks, type HookEntry, type WatchedHooks } from '../../../../src/apps/gateway/hooks.ts'
import { HandClock, RULES } from './hooks/trust-fixtures.ts'

const sourceOf = (name: string): string =>
  `export const sideEffectFree = true; export const pre = (x) => { return x === 1 ? 'x'.repeat(2000) : '${name}' }`
const digestFor = (name: string): string => `sha256:${createHash('sha256').update(sourceOf(name)).digest('hex')}`

describe('the hooks of an instance', () => {
  const clock = new HandClock()
  let folder = ''
  let store: HookStore
  let hooks: WatchedHooks
  let knowledge: HookKnowledge
  let changes = 0
  /** Where versions were built, in order. */
  let built: Place[] = []
  /** Versions that were tried, in order, and whether they are all found to be bad. */
  let tried: string[] = []
  let refuses = false
  const open = async (): Promise<void> => {
    knowledge = await openHookKnowledge({ folder, index: 0, rules: RULES, clock, log: silentLogger })
    store = createHookStore({ folder: undefined, cache: join(folder, 'hooks') })
    // Only those of this process: what it has read before comes from the cache.
    for (const name of known) store.put(digestFor(name), { code: sourceOf(name), language: 'js' })
    hooks = createHooks({
      store,
      trial: async (key) => {
        tried.push(key)
        if (refuses) throw new AboxError(sandboxErrors.ABOX_HOOK_CRASH, 'it ended the process of its trial')
      },
      make: (place, _key, { code }) => {
        built.push(place)
        return createSandbox({ source: code, name: 'h@1', maxOutputBytes: 1000 })
      },
      knowledge,
      log: silentLogger,
      onChange: () => void changes++
    })
  }
  let known = ['a', 'b', 'c']
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
    known = ['a', 'b', 'c']
    changes = 0
    built = []
    tried = []
    refuses = false
    await open()
  })
  const close = async (): Promise<void> => {
    hooks.close()
    await knowledge.close()
  }
  afterEach(async () => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Publishes versions of the hook by name and weight. */
  const publish = async (weights: Readonly<Record<string, number>>): Promise<HookEntry> => {
    const versions = Object.entries(weights).map(([name, weight]) => ({ digest: digestFor(name), weight }))
    const document: Hook = { kind: 'Hook', name: 'rank', versions }
    const entry = await hooks.load(document)
    hooks.retain([entry])
    await store.keep(entry.versions.map(({ digest }) => digest))
    clock.now += 1
    return entry
  }
  const splitter = createSplitter({ maxKeys: 10, seed: 1 })
  const call = (entry: HookEntry, x = 0): Promise<string> =>
    chooseHook(splitter, entry, 'legacy', 'shop').sandbox.call('pre', [String(x)])
  const strikeOut = async (entry: HookEntry): Promise<void> => {
    for (let i = 0; i < RULES.strikes; i++) await assert.rejects(call(entry, 1), /ABOX_HOOK_RESULT/)
  }
  const isDisabled = (name: string): boolean =>
    hooks.states().find(({ digest }) => digest === digestFor(name))?.disabled !== undefined

  test('three strikes bring back the version that ran before', async () => {
    assert.equal(await call(await publish({ a: 1_000_000 })), '"a"')
    const entry = await publish({ b: 1_000_000 })
    assert.equal(await call(entry), '"b"')
    await strikeOut(entry)
    assert.ok(isDisabled('b'))
    assert.equal(await call(entry), '"a"')
    assert.ok(changes >= RULES.strikes)
    assert.equal(hooks.states().find(({ digest }) => digest === digestFor('b'))?.stoodIn, 1)
  })

  test('with no version that ran before, calls end with ABOX_HOOK_DISABLED', async () => {
    const entry = await publish({ a: 1_000_000 })
    await strikeOut(entry)
    await assert.rejects(async () => call(entry), /ABOX_HOOK_DISABLED: hook rank@[0-9a-f]{12} is disabled since 20/)
  })

  test('a version that was published but never called does not stand in', async () => {
    await publish({ a: 1_000_000 })
    const entry = await publish({ b: 1_000_000 })
    assert.equal(entry.standby, undefined)
    assert.deepEqual(hooks.digests(), [digestFor('b')], 'the other one only ends calls that have begun')
  })

  test('after a restart a disabled version is still disabled, and the one before comes from the disk', async () => {
    assert.equal(await call(await publish({ a: 1_000_000 })), '"a"')
    await strikeOut(await publish({ b: 1_000_000 }))
    await close()
    known = ['b']
    await open()
    const entry = await publish({ b: 1_000_000 })
    assert.ok(isDisabled('b'))
    assert.equal(await call(entry), '"a"')
  })

  test('a document that names a disabled version again does not enable it; taking it out and putting it in does', async () => {
    await call(await publish({ a: 1_000_000 }))
    await strikeOut(await publish({ b: 1_000_000 }))
    assert.equal(await call(await publish({ b: 1_000_000 })), '"a"')
    assert.equal(await call(await publish({ b: 1_000_000, c: 0 })), '"c"', 'the others of the document come first')
    assert.ok(isDisabled('b'))
    const without = await publish({ c: 1_000_000 })
    assert.equal(await call(without), '"c"')
    const again = await publish({ b: 1_000_000 })
    assert.ok(!isDisabled('b'))
    assert.equal(await call(again), '"b"')
  })

  test('a document that was refused takes nothing out', async () => {
    await call(await publish({ a: 1_000_000 }))
    const entry = await publish({ b: 1_000_000 })
    await strikeOut(entry)
    await assert.rejects(hooks.load({ kind: 'Hook', name: 'rank', versions: [{ digest: digestFor('none') }] }))
    hooks.retain([entry])
    await publish({ b: 1_000_000 })
    assert.ok(isDisabled('b'))
  })

  test('a version is tried before it is built for the first time, and not again after a restart', async () => {
    await publish({ a: 1_000_000 })
    await publish({ a: 500_000, b: 500_000 })
    await close()
    await open()
    await publish({ a: 500_000, b: 500_000 })
    assert.deepEqual(tried, [keyOf('rank', digestFor('a')), keyOf('rank', digestFor('b'))])
  })

  test('a version that does not pass its trial is built nowhere, and is tried again when it is published again', async () => {
    refuses = true
    await assert.rejects(publish({ a: 1_000_000 }), /ABOX_HOOK_CRASH: it ended the process of its trial/)
    assert.deepEqual(built, [])
    refuses = false
    assert.equal(await call(await publish({ a: 1_000_000 })), '"a"')
    assert.equal(tried.length, 2)
  })

  test('an entry is current until another one is in force, or another version is to stand by', async () => {
    const first = await hooks.load({ kind: 'Hook', name: 'rank', versions: [{ digest: digestFor('a') }] })
    assert.ok(!hooks.isCurrent(first), 'not in force yet')
    hooks.retain([first])
    assert.ok(hooks.isCurrent(first))
    await call(first)
    const second = await publish({ b: 1_000_000 })
    assert.ok(!hooks.isCurrent(first))
    assert.equal(second.standby?.digest, digestFor('a'))
    assert.ok(hooks.isCurrent(second))
    await strikeOut(second)
    await call(second)
    assert.ok(hooks.isCurrent(second), 'that it is disabled is no matter of the document')
    await strikeOut({
      ...second,
      versions: second.standby === undefined ? [] : [second.standby],
      weights: first.weights
    })
    assert.ok(!hooks.isCurrent(second), 'what stands by is disabled itself')
    hooks.retain([])
    assert.ok(!hooks.isCurrent(second), 'its document is gone')
  })

  test('somebody may enable a version again', async () => {
    const entry = await publish({ a: 1_000_000 })
    await strikeOut(entry)
    hooks.change({ kind: 'enable', key: keyOf('rank', digestFor('a')), reason: 'tried by hand' })
    assert.equal(await call(entry), '"a"')
  })

  test('documents that are loaded at the same time build a version once', async () => {
    const document: Hook = { kind: 'Hook', name: 'rank', versions: [{ digest: digestFor('a') }] }
    const [one, other] = await Promise.all([hooks.load(document), hooks.load(document)])
    assert.equal(one.versions[0], other.versions[0])
    assert.deepEqual(built, ['sandbox'])
    const missing: Hook = { kind: 'Hook', name: 'rank', versions: [{ digest: digestFor('none') }] }
    await assert.rejects(hooks.load(missing))
    await assert.rejects(hooks.load(missing), 'each tries for itself')
  })

  test('a version that is built while everything closes is ended', async () => {
    const loading = hooks.load({ kind: 'Hook', name: 'rank', versions: [{ digest: digestFor('a') }] })
    hooks.close()
    const [version] = (await loading).versions
    await assert.rejects(version?.sandbox.call('pre', ['0']) ?? Promise.resolve(), /ABOX_HOOK_DISPOSED/)
  })

  test('a version that is in force again after it was out stays, though nobody has loaded it anew', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const old = await publish({ a: 1_000_000 })
    const entry = await publish({ b: 1_000_000 })
    hooks.retain([entry])
    hooks.retain([old])
    t.mock.timers.tick(24 * 3_600_000)
    assert.equal(await call(old), '"a"')
    await assert.rejects(entry.versions[0]?.sandbox.call('pre', ['0']) ?? Promise.resolve(), /ABOX_HOOK_DISPOSED/)
  })

  test('a version that only runs beside others stays in the sandbox process until it answers', async () => {
    const document: Hook = {
      kind: 'Hook',
      name: 'rank',
      versions: [{ digest: digestFor('a') }],
      shadow: { digest: digestFor('b'), ppm: 1_000_000 }
    }
    const entry = await hooks.load(document)
    hooks.retain([entry])
    const beside = entry.shadow?.version
    for (let i = 0; i < 2 * RULES.promoteAfterCalls; i++) {
      clock.now += RULES.promoteAfterMs
      await beside?.sandbox.call('pre', ['0'])
    }
    await hooks.settled()
    assert.deepEqual(built, ['sandbox', 'sandbox'])
    const answering = await publish({ b: 1_000_000 })
    assert.equal(await call(answering), '"b"')
    await hooks.settled()
    assert.deepEqual(built, ['sandbox', 'sandbox', 'instance'], 'what it did beside others has proved it')
    hooks.retain([await hooks.load(document)])
    await hooks.settled()
    assert.equal(hooks.states().find(({ digest }) => digest === digestFor('b'))?.placement, 'sandbox')
  })

  test('a version that has ended another instance leaves this one until somebody enables it', async () => {
    const entry = await publish({ a: 1_000_000 })
    for (let i = 0; i < RULES.promoteAfterCalls; i++) await call(entry)
    clock.now += RULES.promoteAfterMs
    await call(entry)
    await hooks.settled()
    assert.equal(hooks.states()[0]?.placement, 'instance')
    const crash = { why: 'SIGSEGV', at: 1 }
    hooks.change({ kind: 'crashed', key: keyOf('rank', digestFor('a')), crash })
    await hooks.settled()
    assert.deepEqual([hooks.states()[0]?.placement, hooks.states()[0]?.crashed], ['sandbox', crash])
    for (let i = 0; i < 2 * RULES.promoteAfterCalls; i++) await call(entry)
    clock.now += RULES.promoteAfterMs
    await call(entry)
    await hooks.settled()
    assert.equal(hooks.states()[0]?.placement, 'sandbox')
    hooks.change({ kind: 'enable', key: keyOf('rank', digestFor('a')), reason: 'the machine was full' })
    assert.equal(hooks.states()[0]?.crashed, undefined)
    for (let i = 0; i < RULES.promoteAfterCalls; i++) await call(entry)
    clock.now += RULES.promoteAfterMs
    await call(entry)
    await hooks.settled()
    assert.equal(hooks.states()[0]?.placement, 'instance')
  })
})
