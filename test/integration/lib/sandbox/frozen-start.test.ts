import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const CHILD = `${import.meta.dirname}/frozen-child.ts`

test('top-level code is not to blame for the time in which its process was stopped', {
  skip: process.platform === 'win32'
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-node-snapshot', CHILD], { timeout: 45_000 })
  assert.deepEqual(JSON.parse(stdout), ['made'])
})
