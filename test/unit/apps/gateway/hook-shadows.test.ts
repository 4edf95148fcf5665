import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { DubboRequest } from '#lib/dubbo'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { prepareWeights } from '#lib/splitter'
import { Call } from '../../../../src/apps/gateway/call.ts'
import { createHookShadows } from '../../../../src/apps/gateway/hook-shadows.ts'
import type { HookVersion } from '../../../../src/apps/gateway/hooks.ts'

test('calls of shadows run one at a time, so that a version that answers waits for at most one', async () => {
  const sandbox = await createSandbox({ source: 'export const pre = () => ({ body: 1 })', name: 'h@1' })
  let running = 0
  let most = 0
  const counted: Sandbox = {
    ...sandbox,
    async call(fn, argsJson) {
      most = Math.max(most, ++running)
      try {
        return await sandbox.call(fn, argsJson)
      } finally {
        running--
      }
    }
  }
  const version: Partial<HookVersion> = { digest: 'sha256:0', label: 'h@1', sandbox: counted, hasPre: true }
  const shadow = { version, weights: prepareWeights({ no: 0, yes: 1_000_000 }), tolerance: 0 }
  const shadows = createHookShadows({ clock: systemClock, seed: 1, log: silentLogger })
  const request = { connection: { remoteAddress: '127.0.0.1' }, body: Buffer.alloc(0) } as Partial<DubboRequest>
  for (let i = 0; i < 20; i++) {
    const call = new Call(request as DubboRequest, 0, 0)
    const invocation = { attachments: new Map(), argOffsets: [] }
    Object.assign(call, {
      route: { hook: { name: 'h', shadow }, service: 'a.B', method: 'm', parameters: [] },
      invocation,
      told: { status: 200, body: Buffer.from('1') },
      hook: { hasPre: true, hasPost: false },
      sent: Buffer.from('1')
    })
    shadows.offer(call)
  }
  await shadows.idle()
  assert.deepEqual([sandbox.stats().calls, most], [20, 1], JSON.stringify([...shadows.results()]))
  await shadows.close()
  sandbox.dispose()
})
