import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { createSandboxProcess, spawnSandboxProcess } from '#lib/sandbox'
import { until } from '../../../harness/until.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../../src/bin/abox.ts')

describe('abox hook-sandbox', () => {
  it('serves hooks of both languages without an environment and with few permissions', async () => {
    process.env['ABOX_TEST_SECRET'] = 'not for hooks'
    const sandboxes = createSandboxProcess({ start: () => spawnSandboxProcess(SCRIPT, 'hook-sandbox') })
    try {
      const sandbox = await sandboxes.create({
        name: 'h@1',
        language: 'ts',
        source: 'export const pre = (x: number): number => x + 1'
      })
      assert.equal(await sandbox.call('pre', ['1']), '2')
      if (process.platform !== 'linux') return
      const { pid } = sandboxes.stats()
      const file = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'latin1')
      assert.equal(file('environ'), '')
      assert.match(file('cmdline'), /\0--permission\0/)
      assert.doesNotMatch(file('cmdline'), /--allow-(child-process|fs-write|net|wasi)|--allow-fs-read=\*/)
      await until('the marks of a process that may go', () => Number(file('oom_score_adj')) === 1000)
      await until('an empty core dump', () => Number.parseInt(file('coredump_filter'), 16) === 0)
    } finally {
      delete process.env['ABOX_TEST_SECRET']
      await sandboxes.close()
    }
  })

  it('starts where packages are links, as package managers make them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'abox-linked-'))
    const root = resolve(import.meta.dirname, '../../../..')
    for (const name of ['src', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    const sandboxes = createSandboxProcess({
      start: () => spawnSandboxProcess(join(folder, 'src/bin/abox.ts'), 'hook-sandbox')
    })
    try {
      const sandbox = await sandboxes.create({ name: 'h@1', source: 'export const pre = (x) => x + 1' })
      assert.equal(await sandbox.call('pre', ['1']), '2')
    } finally {
      await sandboxes.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
