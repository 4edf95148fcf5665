import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type CoverageRequest, type LineCoverage, spawnSandboxProcess, takeCoverage } from '#lib/sandbox'

const SCRIPT = join(process.cwd(), 'src/bin/abox.ts')

const count = (
  source: string,
  args: readonly string[],
  silentMs?: number,
  language: CoverageRequest['language'] = 'js'
): Promise<LineCoverage> => {
  const calls: CoverageRequest['calls'] = args.map((text) => ({ fn: 'pre', args: [text] }))
  let child: ChildProcess | undefined
  const start = (): ChildProcess => {
    child = spawnSandboxProcess(SCRIPT, 'hook-coverage')
    return child
  }
  return takeCoverage(start, { source, name: 'hook', language, calls }, silentMs).finally(() =>
    assert.notEqual(child?.exitCode ?? child?.signalCode, null)
  )
}

describe('coverage in a process of its own', () => {
  test('is that of all calls, those that throw or are stopped among them', async () => {
    const source = `export function pre(x) {
  if (x === 1) return 1
  if (x === 2) throw new Error('two')
  if (x === 3) for (;;);
  if (x === 4) {
    return 4
  }
  return 5
}`
    const all = await count(source, ['1', '2', '3', '5'])
    assert.deepEqual(all, { lines: [1, 2, 3, 4, 5, 6, 8], missed: [6], uncalled: [] })
  })

  test('is that of the lines of TypeScript, too', async () => {
    const source = 'type N = number\nexport const pre = (x: N): N => {\n  if (x > 1)\n    return 2\n  return x\n}'
    const { missed, uncalled } = await count(source, ['1'], undefined, 'ts')
    assert.deepEqual({ missed, uncalled }, { missed: [4], uncalled: [] })
  })

  test('is missing, and says why, where a call ends the process', async () => {
    await assert.rejects(count('export const pre = (x) => x === 2 ? new Array(3e8).fill(0).length : x', ['1', '2']), {
      code: 'ABOX_HOOK_PROCESS',
      message: /: hook: the process that counts its lines ended at call 2 of 2 \(/
    })
  })

  test('is missing where the process hangs', async () => {
    const source = 'export const pre = () => { let x = 3n; for (;;) x = x * x }'
    await assert.rejects(count(source, ['1'], 3000), {
      code: 'ABOX_HOOK_PROCESS',
      message: /ended at call 1 of 1 \(no answer for 3000 ms, SIGKILL\)/
    })
  })
})
