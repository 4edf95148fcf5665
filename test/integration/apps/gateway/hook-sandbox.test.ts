import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { createSandboxProcess } from '#lib/sandbox'
import { startHookSandbox } from '../../../../src/apps/gateway/hook-sandbox.ts'
import { until } from '../../../harness/until.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../../src/bin/abox.ts')

describe('abox hook-sandbox', () => {
  it('serves hooks of both languages without an environment and with few permissions', async () => {
    process.env['ABOX_TEST_SECRET'] = 'not for hooks'
    const sandboxes = createSandboxProcess({ start: () => startHookSandbox(SCRIPT) })
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
})
