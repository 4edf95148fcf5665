import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createSandbox } from '#lib/sandbox'
import { createHookLogs } from '../../../../src/apps/gateway/hook-logs.ts'
import type { Hooks, HookVersion } from '../../../../src/apps/gateway/hooks.ts'

describe('what hooks write', () => {
  /** Lines of the instance's log after one call of the hook. */
  const linesOf = async (source: string): Promise<string[]> => {
    const sandbox = await createSandbox({ source, name: 'h@1' })
    const version: Partial<HookVersion> = { label: 'h@1', sandbox }
    const hooks: Partial<Hooks> = { versions: () => [version as HookVersion] }
    const lines: string[] = []
    const info = (fields: object): void => {
      const { hook, line } = fields as { hook: string; line: string }
      assert.equal(hook, 'h@1')
      lines.push(line)
    }
    const logs = createHookLogs(hooks as Hooks, { ...silentLogger, info })
    await sandbox.call('pre', [])
    await logs.close()
    sandbox.dispose()
    return lines
  }

  test('is in the log of the instance, tagged', async () => {
    assert.deepEqual(await linesOf(`export const pre = () => { console.log('one'); console.log('two') }`), [
      'one',
      'two'
    ])
  })

  test('is short, as it may hold whole arguments', async () => {
    const [line, ...others] = await linesOf(`export const pre = () => console.log('x'.repeat(5000))`)
    assert.deepEqual([line, others], ['x'.repeat(1000), []])
  })

  test('is counted where there are many lines', async () => {
    const lines = await linesOf('export const pre = () => { for (let i = 0; i < 250; i++) console.log(i) }')
    assert.equal(lines.length, 101)
    assert.deepEqual([lines[99], lines[100]], ['99', '(150 more lines dropped)'])
  })
})
