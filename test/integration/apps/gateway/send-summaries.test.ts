import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { createManagerClient } from '../../../../src/apps/gateway/manager/client.ts'
import { createSummarySender } from '../../../../src/apps/gateway/manager/send-summaries.ts'
import { type StandIn, startStandIn } from '../../../harness/live-summary.ts'
import { until } from '../../../harness/until.ts'

describe('sending summaries', () => {
  let folder = ''
  let taken = 0
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
    writeFileSync(join(folder, 'token'), 't')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const senderTo = (...managers: readonly Pick<StandIn, 'url'>[]) =>
    createSummarySender({
      managers: managers.map(({ url }) =>
        createManagerClient({ url, tokenFile: join(folder, 'token'), timeoutMs: 2000 })
      ),
      environment: 'qa',
      onOrder: () => {},
      take: () => JSON.stringify({ number: taken++ }),
      clock: systemClock,
      log: silentLogger
    })

  test('each replica gets each of them, in order, and the last one when the instance ends', async () => {
    const managers = [await startStandIn(), await startStandIn()]
    const sender = senderTo(...managers)
    await until('each has two', () => managers.every(({ asked }) => asked.length >= 2))
    await sender.close()
    const last = taken - 1
    for (const { asked, close } of managers) {
      const numbers = asked.map(({ body }) => (JSON.parse(body) as { number: number }).number)
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b)
      )
      assert.equal(numbers.at(-1), last)
      assert.ok(asked.every(({ path }) => path === '/api/v1/environments/qa/live'))
      await close()
    }
    assert.equal(sender.dropped(), 0)
  })

  test('what a manager refuses or does not hear is counted and dropped', async () => {
    const manager = await startStandIn()
    manager.answer = () => ({ status: 403, body: '{"detail": "no"}' })
    const sender = senderTo(manager, { url: 'http://127.0.0.1:1' })
    await until('some are dropped', () => sender.dropped() >= 3)
    await sender.close()
    await manager.close()
  })
})
