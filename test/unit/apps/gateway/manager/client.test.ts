import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createManagerClient } from '../../../../../src/apps/gateway/manager/client.ts'
import { startStandIn } from '../../../../harness/live-summary.ts'

const folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
const tokenFile = join(folder, 'token')
const manager = await startStandIn()
after(async () => {
  await manager.close()
  rmSync(folder, { recursive: true })
})
const client = createManagerClient({ url: manager.url, tokenFile, timeoutMs: 5000 })

for (const [what, text] of [
  ['of two lines', 'abox_secret\nabox_secret2\n'],
  ['with a character that no header has', 'abox_secret\u0000'],
  ['with a letter beyond ASCII', 'abox_secret\u4e2d'],
  ['of nothing', '\n']
] as const) {
  test(`a token file ${what} is refused by its name and without what is in it`, async () => {
    writeFileSync(tokenFile, text)
    const error: unknown = await client.post('/api/v1/live', '{}').catch((reason: unknown) => reason)
    assert.ok(error instanceof Error)
    assert.ok(error.message.includes(tokenFile), error.message)
    for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
      assert.ok(!String(inner.stack).includes('abox_secret'), inner.message)
    }
    assert.equal(manager.asked.length, 0)
  })
}
