import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createFileSource } from '../../../../src/apps/gateway/documents/file-source.ts'

test('while the first set is being applied the file is not looked at again', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const folder = await mkdtemp(join(tmpdir(), 'abox-file-source-'))
  const path = join(folder, 'documents.yaml')
  await writeFile(path, 'kind: Model\nname: rank\n')
  const source = createFileSource({ path, putHook: () => {}, log: silentLogger, pollMs: 300 })
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let delivered = 0
  const started = source.start(async () => {
    delivered++
    reached.resolve()
    await gate.promise
  }, 0)
  await reached.promise
  t.mock.timers.tick(300)
  // As many steps as a look at the file has.
  for (let step = 0; step < 50; step++) await stat(path)
  gate.resolve()
  await started
  assert.equal(delivered, 1)
  await source.close()
  await rm(folder, { recursive: true, force: true })
})
