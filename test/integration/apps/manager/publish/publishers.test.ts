import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { until } from '../../../../harness/until.ts'
import { startPublishing } from '../../../../interop/apps/manager/publishing.ts'

/** Nobody listens there. */
const AWAY = '127.0.0.1:1'

describe('publishers of environments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-publishers-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const environmentWith = (more: object): object => ({
    kind: 'Environment',
    name: 'qa',
    publish: { kind: 'zookeeper', address: AWAY, ...more }
  })

  test('an environment whose secret comes late says so, and is published when it has come', async () => {
    let found: string | undefined
    const manager = await startPublishing(join(folder, 'late.db'), 'm', {
      secret(name) {
        if (found === undefined) throw new Error(`no file ${name}`)
        return found
      }
    })
    const { publishers } = manager
    try {
      await manager.put('', 'Environment', 'qa', environmentWith({ credentials: { secret: 'zookeeper' } }))
      await until('refusal', () => publishers.state('qa') !== undefined)
      const state = publishers.state('qa')
      assert.match(state?.refused ?? '', /no file zookeeper/)
      assert.deepEqual([state?.leader, state?.connected, state?.alarms()], [false, false, []])
      assert.deepEqual(publishers.environments(), ['qa'])
      found = 'user:password'
      await until('a publisher', () => publishers.state('qa')?.refused === undefined)
      assert.deepEqual(publishers.environments(), ['qa'])
    } finally {
      await manager.close()
    }
  })

  test('what cannot be published by a new text goes on by the one before, and says why', async () => {
    const manager = await startPublishing(join(folder, 'changed.db'), 'm', {
      secret: () => {
        throw new Error('no file')
      }
    })
    const { publishers } = manager
    try {
      await manager.put('', 'Environment', 'qa', environmentWith({}))
      await until('a publisher', () => publishers.state('qa') !== undefined)
      assert.equal(publishers.state('qa')?.refused, undefined)
      await manager.put('', 'Environment', 'qa', environmentWith({ credentials: { secret: 'zookeeper' } }))
      await until('refusal', () => publishers.state('qa')?.refused !== undefined)
      await manager.put('', 'Environment', 'qa', environmentWith({}))
      await until('the text before', () => publishers.state('qa')?.refused === undefined)
      await manager.put('', 'Environment', 'qa')
      await until('nothing', () => publishers.state('qa') === undefined)
    } finally {
      await manager.close()
    }
  })

  test('what cannot be removed is given up in the end, and the log says where it stands', async () => {
    const logged: [object, string][] = []
    const manager = await startPublishing(join(folder, 'left.db'), 'm', {
      withdrawMs: 1,
      log: { ...silentLogger, error: (...entry) => void logged.push(entry) }
    })
    try {
      await manager.put('', 'Environment', 'qa', environmentWith({}))
      await until('a publisher', () => manager.publishers.state('qa') !== undefined)
      await manager.put('', 'Environment', 'qa')
      await until('the end', () => logged.length > 0)
      assert.deepEqual(logged, [
        [
          { environment: 'qa', where: `${AWAY}/abox/qa`, documents: 0 },
          'not removed in time: the next start tries it again; or delete by hand what stands there'
        ]
      ])
    } finally {
      await manager.close()
    }
  })
})
