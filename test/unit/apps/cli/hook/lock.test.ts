import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { withLock } from '../../../../../src/apps/cli/hook/lock.ts'

describe('the lock of a documents file', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-hook-lock-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('of many writers none loses the change of another', async () => {
    const path = join(folder, 'counter')
    await writeFile(path, '0')
    const add = async (): Promise<void> => {
      const found = Number(await readFile(path, 'utf8'))
      await writeFile(path, String(found + 1))
    }
    await Promise.all(Array.from({ length: 20 }, () => withLock(path, add)))
    assert.equal(await readFile(path, 'utf8'), '20')
    assert.deepEqual(await readdir(folder), ['counter'])
  })

  test('the lock of a process that has ended is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const path = join(folder, 'dead')
    await writeFile(`${path}.lock`, `${pid} ${hostname()}`)
    assert.equal(await withLock(path, async () => 'done'), 'done')
  })

  test('it is given back when the work fails', async () => {
    const path = join(folder, 'failing')
    await assert.rejects(
      withLock(path, () => Promise.reject(new Error('no'))),
      /no/
    )
    assert.equal(await withLock(path, async () => 'done'), 'done')
  })

  test('the lock of a process that lives, or of another machine, is waited for, and then named', async () => {
    const path = join(folder, 'held')
    for (const holder of [`${process.pid} ${hostname()}`, '1 another-machine']) {
      await writeFile(`${path}.lock`, holder)
      await assert.rejects(
        withLock(path, async () => assert.fail(), 30),
        { code: 'ABOX_HOOK_LOCKED', message: new RegExp(`held by process ${holder.replace(' ', ' on ')}`) }
      )
      assert.equal(await readFile(`${path}.lock`, 'utf8'), holder)
    }
  })

  test('a folder where nothing may be written is told', async () => {
    await assert.rejects(
      withLock(join(folder, 'no', 'such'), async () => assert.fail()),
      { code: 'ABOX_HOOK_FILE' }
    )
  })

  test('the lock of a process whose number another one has now is taken over', async () => {
    const path = join(folder, 'restarted')
    // As a container leaves it that is started again: same number, same name of the machine.
    await writeFile(`${path}.lock`, `${process.pid} ${hostname()} before-the-restart 1`)
    assert.equal(await withLock(path, async () => 'done', 30), 'done')
  })

  test('an empty lock, which a machine that lost its power leaves, is taken over', async () => {
    const path = join(folder, 'empty')
    await writeFile(`${path}.lock`, '')
    assert.equal(await withLock(path, async () => 'done', 30), 'done')
  })

  test('of many that find the same dead lock none loses the change of another', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const path = join(folder, 'many')
    for (let round = 0; round < 30; round++) {
      await writeFile(path, '0')
      await writeFile(`${path}.lock`, `${pid} ${hostname()}`)
      const add = async (): Promise<void> => {
        const found = Number(await readFile(path, 'utf8'))
        await writeFile(path, String(found + 1))
      }
      await Promise.all(Array.from({ length: 10 }, () => withLock(path, add)))
      assert.equal(await readFile(path, 'utf8'), '10')
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('many')),
      ['many']
    )
  })

  test('what one leaves that died while it took a lock over is named as the file to remove', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const path = join(folder, 'broken')
    for (const name of ['lock', 'lock.break']) await writeFile(`${path}.${name}`, `${pid} ${hostname()}`)
    await assert.rejects(
      withLock(path, async () => assert.fail(), 30),
      { code: 'ABOX_HOOK_LOCKED', message: /broken\.lock\.break: left behind by process \d+ on .*; remove this file$/ }
    )
    await rm(`${path}.lock.break`)
    assert.equal(await withLock(path, async () => 'done', 30), 'done')
  })

  test('the lock that somebody else has by now is not removed', async () => {
    const path = join(folder, 'replaced')
    await withLock(path, () => writeFile(`${path}.lock`, '1 another-machine'))
    assert.equal(await readFile(`${path}.lock`, 'utf8'), '1 another-machine')
  })
})
