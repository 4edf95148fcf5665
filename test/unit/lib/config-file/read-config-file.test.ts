import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readConfigFile } from '../../../../src/lib/config-file/index.ts'

describe('readConfigFile', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-config-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function refused(text: string): Promise<string> {
    const path = join(folder, 'a.yaml')
    await writeFile(path, text)
    return readConfigFile(path, 'config/sample.yaml').then(
      () => 'taken',
      (error: Error) => error.message
    )
  }

  test('gives the tree, the path as it was given and the folder of the file', async () => {
    const path = join(folder, 'good.yaml')
    await writeFile(path, 'http: {port: 1}')
    assert.deepEqual(await readConfigFile(path, ''), { raw: { http: { port: 1 } }, source: path, folder })
  })

  test('a file that is not there, is no YAML or has no keys is refused with one line that names it', async () => {
    const missing = await readConfigFile(join(folder, 'missing.yaml'), '').catch((error: Error) => error.message)
    for (const message of [missing, await refused('a: [1'), await refused('- a'), await refused('')]) {
      assert.match(String(message), /^ABOX_CONFIG_INVALID: .*\.yaml: [^\n]+$/)
    }
  })

  test('a file without keys is shown which sample has them', async () => {
    assert.match(await refused('text'), /config\/sample\.yaml/)
  })
})
