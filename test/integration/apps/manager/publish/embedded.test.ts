import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { EmbeddedPublication, type PublishedDocument } from '../../../../../src/apps/manager/publish/embedded.ts'
import { until } from '../../../../harness/until.ts'
import { model, startPublishing } from '../../../../interop/apps/manager/publishing.ts'

describe('publishing to a gateway in the same process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-embedded-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  let files = 0

  /** A store with one model, and what was delivered of it. */
  const start = async () => {
    const manager = await startPublishing(join(folder, `${++files}.db`), 'test')
    await manager.put('', 'Environment', 'dev', { kind: 'Environment', name: 'dev', publish: { kind: 'embedded' } })
    await manager.put('dev', 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
    await manager.put('dev', 'Model', 'rank', model('rank'))
    const sets: (readonly PublishedDocument[])[] = []
    const publication = (deliver = async (set: readonly PublishedDocument[]) => void sets.push(set)) =>
      new EmbeddedPublication({
        store: manager.store,
        environment: 'dev',
        deliver,
        laggardMs: 10_000,
        clock: systemClock,
        log: silentLogger
      })
    return { manager, sets, publication }
  }

  test('the whole set is delivered at first and after each change, once', async () => {
    const { manager, sets, publication } = await start()
    const own = publication()
    await until('first set', () => sets.length === 1)
    assert.deepEqual(
      sets[0]?.map(({ key, text }) => [key, (JSON.parse(text) as { generation: number }).generation]),
      [['models/rank', 1]]
    )
    own.poke()
    await manager.put('dev', 'Model', 'rank', model('rank', 8502))
    own.poke()
    await until('second set', () => sets.length === 2)
    assert.deepEqual(own.state().published, new Map([['models/rank', 2]]))
    await own.close()
    await manager.close()
  })

  test('a delivery that failed is made again', async () => {
    const { manager, publication } = await start()
    let attempts = 0
    const own = publication(async () => {
      if (++attempts === 1) throw new Error('not yet')
    })
    await until('another attempt', () => attempts === 2)
    await own.close()
    await manager.close()
  })

  test('what is withdrawn is delivered as nothing, whatever the store says', async () => {
    const { manager, sets, publication } = await start()
    const own = publication()
    await until('first set', () => sets.length === 1)
    await own.withdraw()
    assert.deepEqual(sets.slice(1), [[]])
    await own.close()
    await manager.close()
  })

  test('a receipt that refuses is an alarm', async () => {
    const { manager, sets, publication } = await start()
    const own = publication()
    await until('first set', () => sets.length === 1)
    own.receive({ instance: 'dev', epoch: 1, at: 1, applied: {}, refused: { 'models/rank': 'why' } })
    const { alarms, instances } = own.state()
    assert.deepEqual(
      alarms().map(({ what, document, reason }) => [what, document, reason]),
      [['refused', 'models/rank', 'why']]
    )
    assert.deepEqual(
      instances.map(({ instance }) => instance),
      ['dev']
    )
    await own.close()
    await manager.close()
  })
})
