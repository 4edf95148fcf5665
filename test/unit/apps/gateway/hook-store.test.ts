import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createLastGood } from '../../../../src/apps/gateway/documents/last-good.ts'
import { keepHooks } from '../../../../src/apps/gateway/documents/last-good-hooks.ts'
import type { RawDocument } from '../../../../src/apps/gateway/documents/source.ts'
import { createHookStore, type HookStore } from '../../../../src/apps/gateway/hook-store.ts'

const hexOf = (code: string): string => createHash('sha256').update(code).digest('hex')
const digestOf = (code: string): string => `sha256:${hexOf(code)}`
const hook = (...codes: string[]): RawDocument => {
  const versions = codes.map((code) => ({ digest: digestOf(code), weight: 1 }))
  return { key: 'hooks/a', source: 'test', text: JSON.stringify({ kind: 'Hook', name: 'a', versions }) }
}

describe('hook bundles on disk', () => {
  let folder = ''
  let store: HookStore
  let loaded: string[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-store-'))
    store = createHookStore({ folder: undefined, cache: join(folder, 'hooks') })
    loaded = []
    for (const code of ['a', 'b', 'c']) store.put(digestOf(code), { code, language: 'js' })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  /** As an instance applies a set: reads all of it, and what it does not refuse is the last good one. */
  const apply = async (read: string[], good: RawDocument[], index = 0): Promise<void> => {
    for (const code of read) await store.read(digestOf(code))
    await keepHooks(createLastGood(folder, index), store, () => loaded).write(good)
  }
  const kept = async (): Promise<string[]> => {
    const names: string[] = await readdir(join(folder, 'hooks')).catch(() => [])
    return names.sort()
  }
  const namesOf = (...codes: string[]): string[] => codes.map((code) => `${hexOf(code)}.js`).sort()
  /** Younger ones are left to the instance that may be about to apply them. */
  const grow = async (): Promise<void> => {
    const before = new Date(Date.now() - 3_600_000)
    for (const name of await kept()) await utimes(join(folder, 'hooks', name), before, before)
  }

  test('a pipe or an endless file where the code should be counts as none', {
    skip: process.platform === 'win32'
  }, async () => {
    const bundles = createHookStore({ folder, cache: join(folder, 'hooks') })
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(folder, `${hexOf('x')}.js`)])
    await assert.rejects(bundles.read(digestOf('x')), { code: 'ABOX_HOOK_BUNDLE', message: /: not found in / })
    const large = 'x'.repeat(3 * 1024 * 1024 + 1)
    await writeFile(join(folder, `${hexOf(large)}.js`), large)
    await assert.rejects(bundles.read(digestOf(large)), { code: 'ABOX_HOOK_BUNDLE', message: /: not found in / })
  })

  test('what is refused is never written', async () => {
    await store.read(digestOf('a'))
    assert.deepEqual(await kept(), [])
    await apply(['a', 'b'], [hook('a')])
    assert.deepEqual(await kept(), namesOf('a'))
  })

  test('a version that was loaded for a set that was refused is written when another set has it', async () => {
    await apply(['a', 'b'], [hook('a')])
    await apply([], [hook('a', 'b')])
    assert.deepEqual(await kept(), namesOf('a', 'b'))
  })

  test('a version that is in force no more goes when the next set is applied, and is found until then', async () => {
    await apply(['a', 'b'], [hook('a', 'b')])
    await grow()
    await apply(['c'], [hook('b', 'c')])
    assert.deepEqual(await kept(), namesOf('b', 'c'))
    const fresh = createHookStore({ folder: undefined, cache: join(folder, 'hooks') })
    assert.equal((await fresh.read(digestOf('b'))).code, 'b')
  })

  test('what is loaded, such as a version that stands by, and the last good set of another instance stay', async () => {
    await apply(['a'], [hook('a')], 1)
    await apply(['b'], [hook('b')])
    await grow()
    loaded = [digestOf('b')]
    await apply(['c'], [hook('c')])
    assert.deepEqual(await kept(), namesOf('a', 'b', 'c'))
    loaded = []
    await apply(['c'], [hook('c')], 1)
    assert.deepEqual(await kept(), namesOf('c'))
  })

  test('what was written a moment ago, or is no bundle, stays', async () => {
    await apply(['a'], [hook('a')])
    await mkdir(join(folder, 'hooks'), { recursive: true })
    await writeFile(join(folder, 'hooks', 'notes.txt'), '')
    await apply(['b'], [hook('b')])
    assert.deepEqual(await kept(), [...namesOf('a', 'b'), 'notes.txt'].sort())
  })
})
