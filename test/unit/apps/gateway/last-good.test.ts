import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createLastGood } from '../../../../src/apps/gateway/documents/last-good.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const set = (text: string): { key: string; source: string; text: string }[] => [
  { key: 'models/rank', source: 's', text }
]

test('an instance reads what it wrote, whatever others have written since', async () => {
  await createLastGood(folder, 0).write(set('own'))
  await createLastGood(folder, 1).write(set('other'))
  assert.deepEqual(await createLastGood(folder, 0).read(), set('own'))
})

test('one without a file of its own begins with the newest of the others', async () => {
  await createLastGood(folder, 0).write(set('newer'))
  await createLastGood(folder, 1).write(set('older'))
  await utimes(join(folder, 'documents-1.json'), 1, 1)
  assert.deepEqual(await createLastGood(folder, 2).read(), set('newer'))
  assert.deepEqual(await createLastGood(folder, undefined).read(), set('newer'))
})

test('a spare writes nothing before it has an index, and then what it has', async () => {
  const spare = createLastGood(folder, undefined)
  await spare.write(set('kept'))
  assert.deepEqual(await readdir(folder), [])
  await spare.settle(3)
  assert.deepEqual(await createLastGood(folder, 3).read(), set('kept'))
  await spare.write(set('later'))
  assert.deepEqual(await createLastGood(folder, 3).read(), set('later'))
})

test('without any file there is none', async () => {
  assert.equal(await createLastGood(join(folder, 'absent'), 0).read(), undefined)
})

test('a set of any length is read as it was written, and the later of two writes at once stays', async () => {
  const long = Array.from({ length: 250 }, (_, index) => ({ key: `models/m${index}`, source: 's', text: `"${index}"` }))
  for (const documents of [[], long.slice(0, 100), long]) {
    const lastGood = createLastGood(folder, 0)
    await Promise.all([lastGood.write(set('first')), lastGood.write(documents)])
    assert.deepEqual(await lastGood.read(), documents)
  }
})
