import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIsolates } from '#lib/sandbox'
import { answers, withSandbox } from './with-sandbox.ts'

const SOURCE = `export const id = (x) => x
export const spin = () => { for (;;); }
export const fill = () => { let head = null; for (;;) head = { head, a: 1 } }`

describe('isolates that are made beside the calls', () => {
  it('keep the limits of time and memory, and are made again after a fault', async () => {
    const isolates = await createIsolates()
    try {
      for (const [bad, code, timeoutMs] of [
        ['spin', 'ABOX_HOOK_TIMEOUT', 50],
        ['fill', 'ABOX_HOOK_MEMORY', 10_000]
      ] as const) {
        await withSandbox(
          SOURCE,
          async (sandbox) => {
            const calls = [sandbox.call('id', ['1']), sandbox.call(bad, []), sandbox.call('id', ['2'])]
            assert.deepEqual(await answers(...calls), ['1', code, '2'])
            assert.equal(await sandbox.call('id', ['3']), '3')
          },
          { isolates, timeoutMs, memoryMb: 16 }
        )
      }
    } finally {
      isolates.close()
    }
  })

  it('show code nothing of what made them', async () => {
    const isolates = await createIsolates()
    await withSandbox(
      'export const look = () => [typeof ivm, typeof process, typeof require]',
      async (sandbox) => {
        assert.equal(await sandbox.call('look', []), '["undefined","undefined","undefined"]')
      },
      { isolates }
    ).finally(() => isolates.close())
  })

  it('are not made after the end', async () => {
    const isolates = await createIsolates()
    isolates.close()
    isolates.close()
    await assert.rejects(isolates.make(16))
  })
})
