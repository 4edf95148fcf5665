import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { findBundle, writeBundle } from '../../../../../src/apps/cli/hook/bundles.ts'
import { hexOfCode } from '../../../../../src/apps/cli/hook/source.ts'

const CODE = 'export const pre = 1'
const HEX = hexOfCode(CODE)

describe('bundles of a store', () => {
  let store = ''
  beforeEach(async () => {
    store = await mkdtemp(join(tmpdir(), 'abox-hook-bundles-'))
  })
  afterEach(() => rm(store, { recursive: true, force: true }))

  test('an empty one, which a machine that lost its power leaves, is refused, and written anew by the next push', async () => {
    await writeFile(join(store, `${HEX}.js`), '')
    await assert.rejects(findBundle(store, `sha256:${HEX}`), { code: 'ABOX_HOOK_FILE' })
    assert.equal(await writeBundle(store, CODE, 'js'), join(store, `${HEX}.js`))
    assert.equal(await readFile(join(store, `${HEX}.js`), 'utf8'), CODE)
    assert.deepEqual(await readdir(store), [`${HEX}.js`])
  })

  test('one that is there is left alone, also when it was pushed as the other language', async () => {
    await writeBundle(store, CODE, 'ts')
    assert.equal(await writeBundle(store, CODE, 'js'), join(store, `${HEX}.ts`))
    assert.deepEqual(await readdir(store), [`${HEX}.ts`])
  })

  test('where it cannot be written, that is told and nothing is left behind', async () => {
    await mkdir(join(store, `${HEX}.js`, 'full'), { recursive: true })
    await assert.rejects(writeBundle(store, CODE, 'js'), { code: 'ABOX_HOOK_FILE' })
    assert.deepEqual(await readdir(store), [`${HEX}.js`])
  })
})
