import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createFileSource } from '../../../../../src/apps/gateway/documents/file-source.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'abox-file-source-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function codesOf(name: string): Promise<string[]> {
  const codes: string[] = []
  const path = join(folder, 'd.yaml')
  await writeFile(path, `{kind: Hook, name: a, versions: [{file: ${name}}]}`)
  const source = createFileSource({ path, putHook: (_, { code }) => codes.push(code), log: silentLogger })
  try {
    await source.start(async () => {}, 0)
  } finally {
    await Promise.resolve(source.close())
  }
  return codes
}

test('a hook file that is too large, or no file, is refused before it is read', async () => {
  await writeFile(join(folder, 'good.js'), 'good')
  assert.deepEqual(await codesOf('good.js'), ['good'])
  await writeFile(join(folder, 'large.js'), '')
  await truncate(join(folder, 'large.js'), 2 ** 40)
  await assert.rejects(codesOf('large.js'), {
    code: 'ABOX_DOCUMENT_INVALID',
    message: /hook file large\.js: found 1099511627776 bytes, expected at most 3145728/
  })
  await mkdir(join(folder, 'folder.js'))
  const noFile = { code: 'ABOX_DOCUMENT_INVALID', message: /hook file .*: found no regular file/ }
  await assert.rejects(codesOf('folder.js'), noFile)
  await assert.rejects(codesOf('/dev/zero'), noFile)
})
