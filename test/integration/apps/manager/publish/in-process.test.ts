import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Environment } from '#contracts/environment'
import type { Receipt } from '#contracts/receipt'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { createInProcess } from '../../../../../src/apps/manager/publish/in-process.ts'
import { startPublishing } from '../../../../interop/apps/manager/publishing.ts'

const environment = (name: string): Environment => ({ kind: 'Environment', name, publish: { kind: 'embedded' } })
const receipt: Receipt = { instance: 'dev-0', epoch: 1, at: 2, applied: { 'models/rank': 3 }, refused: {} }

describe('a gateway in the process of the manager', () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-in-process-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  let files = 0
  const parts = async () => {
    const { store, close } = await startPublishing(join(folder, `${++files}.db`), 'test')
    return { parts: { store, laggardMs: 10_000, clock: systemClock, log: silentLogger }, close }
  }

  test('it serves its own environment and no other', async () => {
    const { parts: own, close } = await parts()
    const { publish } = createInProcess({ environment: 'dev', deliver: async () => {} }, own)
    assert.equal(publish(environment('prod')), undefined)
    const publication = publish(environment('dev'))
    assert.equal(publication?.state().connected, true)
    await publication?.close()
    await close()
  })

  test('a manager without one publishes nothing', async () => {
    const { parts: own, close } = await parts()
    assert.equal(createInProcess(undefined, own).publish(environment('dev')), undefined)
    await close()
  })

  test('a receipt from before the publication, or before another one took its place, is known', async () => {
    const { parts: own, close } = await parts()
    const { publish, receive } = createInProcess({ environment: 'dev', deliver: async () => {} }, own)
    receive(receipt)
    for (const _ of ['first', 'second']) {
      const publication = publish(environment('dev'))
      assert.deepEqual(
        publication?.state().instances.map(({ instance, applied }) => [instance, applied]),
        [['dev-0', receipt.applied]]
      )
      await publication?.close()
    }
    await close()
  })
})
