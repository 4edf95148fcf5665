import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, startPublishing } from './publishing.ts'

describeWithPeers('new credentials for a real ZooKeeper', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-publish-credentials-'))
  let server: Zookeeper
  const sessions: ZookeeperSession[] = []
  const open: Publishing[] = []
  before(async () => {
    server = await startZookeeper()
    // Who makes it first owns it.
    await (await as()).ensurePersistent('/abox')
  })
  after(async () => {
    await Promise.all(open.map((publishing) => publishing.close()))
    await Promise.all(sessions.map((session) => session.close()))
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A manager whose secrets are in `files`. */
  const start = async (files: Map<string, string>, database: string): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, database), `m${open.length}`, {
      secret(name) {
        const found = files.get(name)
        if (found === undefined) throw new Error(`no file ${name}`)
        return found
      }
    })
    open.push(publishing)
    return publishing
  }
  const putWith = ({ put }: Publishing, name: string, secret = '') => {
    const credentials = secret === '' ? {} : { credentials: { secret } }
    const publish = { kind: 'zookeeper', address: server.address, ...credentials }
    return put('', 'Environment', name, { kind: 'Environment', name, publish })
  }
  const startWith = async (name: string, files: Map<string, string>, secret = 'old'): Promise<Publishing> => {
    const publishing = await start(files, `${name}.db`)
    await putWith(publishing, name, secret)
    await publishing.put(name, 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
    await publishing.put(name, 'Model', 'rank', model('rank'))
    await published(publishing, name, 1)
    return publishing
  }
  const published = ({ publishers }: Publishing, name: string, generation: number): Promise<void> =>
    eventually(() => assert.equal(publishers.state(name)?.published.get('models/rank'), generation))
  const as = async (credential?: string): Promise<ZookeeperSession> => {
    const auth = credential === undefined ? {} : { auth: { scheme: 'digest', credential } }
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000, ...auth })
    sessions.push(session)
    await session.start()
    return session
  }
  const files = (): Map<string, string> =>
    new Map([
      ['old', 'first:secret'],
      ['new', 'second:secret']
    ])
  const denied = { code: 'ABOX_ZK_DENIED' }

  test('take over what the ones before own, and publishing goes on', async () => {
    const publishing = await startWith('turns', files())
    await putWith(publishing, 'turns', 'new')
    await publishing.put('turns', 'Model', 'rank', model('rank', 8502))
    await published(publishing, 'turns', 2)
    const before = await as('first:secret')
    const now = await as('second:secret')
    for (const place of ['models/rank', 'manager/fence']) {
      await assert.rejects(before.write(`/abox/turns/${place}`, Buffer.from('evil')), denied)
    }
    await now.transact([{ kind: 'create', path: '/abox/turns/models/mine', data: Buffer.from('{}') }])
  })

  test('of none open the nodes to everybody, and two managers agree about them', async () => {
    const one = await startWith('opened', files())
    const other = await start(files(), 'opened.db')
    await leads(one, 'opened')
    await putWith(one, 'opened')
    await other.put('opened', 'Model', 'rank', model('rank', 8502))
    await published(one, 'opened', 2)
    const nobody = await as()
    await nobody.write('/abox/opened/models/rank', Buffer.from('a stranger'))
    await published(other, 'opened', 2)
  })

  test('where there were none close the nodes that were open, but for those where gateways write', async () => {
    const publishing = await startWith('closed', files(), '')
    const nobody = await as()
    await nobody.write('/abox/closed/models/rank', Buffer.from('a stranger'))
    await putWith(publishing, 'closed', 'new')
    await publishing.put('closed', 'Model', 'rank', model('rank', 8502))
    await published(publishing, 'closed', 2)
    for (const place of ['models/rank', 'models', 'manager/fence', 'manager/election']) {
      await assert.rejects(nobody.write(`/abox/closed/${place}`, Buffer.from('evil')), denied)
    }
    for (const place of ['receipts', 'servers/gateways', 'servers/workers', 'instances']) {
      await nobody.write(`/abox/closed/${place}`, Buffer.from('a gateway'))
    }
  })

  test('without the old file nothing is published, the state says so, and it goes on when the file is back', async () => {
    const known = files()
    await (await startWith('lost', known)).close()
    known.delete('old')
    const publishing = await start(known, 'lost.db')
    await putWith(publishing, 'lost', 'new')
    await publishing.put('lost', 'Model', 'rank', model('rank', 8502))
    const state = () => publishing.publishers.state('lost')
    await eventually(() =>
      assert.match(
        state()?.refused ?? '',
        /^nodes below \/abox\/lost belong to other credentials: put the old file back \(.* no "old"\), or delete the nodes \(.*NO_AUTH/
      )
    )
    await eventually(() => assert.deepEqual([state()?.leader, state()?.leads], [false, undefined]))
    await eventually(() => assert.equal(state()?.published.get('models/rank'), 1))
    known.set('old', 'first:secret')
    await published(publishing, 'lost', 2)
    await eventually(() => assert.equal(state()?.refused, undefined))
  })

  test('who leads is known to those who do not', async () => {
    const one = await startWith('led', files())
    const other = await start(files(), 'led.db')
    await eventually(() => assert.match(one.publishers.state('led')?.leads ?? '', /^m\d+-/))
    const node = one.publishers.state('led')?.leads
    await eventually(() => assert.equal(other.publishers.state('led')?.leads, node))
    await one.publishers.close()
    await leads(other, 'led')
    await eventually(() => assert.notEqual(other.publishers.state('led')?.leads, node))
  })
})
