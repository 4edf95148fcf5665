import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createZookeeper, handOver, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'

const DATA = Buffer.from('x')
const [OLD, NEW, OTHER] = ['old:secret', 'new:secret', 'other:secret'] as const
const denied = { code: 'ABOX_ZK_DENIED' }

describeWithPeers('handing nodes of a real ZooKeeper over to other credentials', ['zookeeper'], () => {
  let server: Zookeeper
  let old: ZookeeperSession
  let now: ZookeeperSession
  let other: ZookeeperSession
  let nobody: ZookeeperSession
  const as = async (credential?: string): Promise<ZookeeperSession> => {
    const auth = credential === undefined ? {} : { auth: { scheme: 'digest', credential } }
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000, ...auth })
    await session.start()
    return session
  }
  before(async () => {
    server = await startZookeeper()
    ;[old, now, other, nobody] = await Promise.all([as(OLD), as(NEW), as(OTHER), as()])
  })
  after(async () => {
    await Promise.all([old, now, other, nobody].map((session) => session.close()))
    await server.stop()
  })
  const give = (root: string, from: string, to: string | undefined): Promise<number> =>
    handOver({ address: server.address, root, last: `${root}/last`, from, to, limitMs: 5000 })

  test('all below the root is theirs, what belongs to others or to everybody is left alone, also below', async () => {
    for (const path of ['/a/b/c/d', '/a/b/last/e', '/a/beside']) await old.ensurePersistent(path, DATA)
    await old.ensurePersistent('/a/b/open', DATA, 'open')
    await other.ensurePersistent('/a/b/open/others', DATA)
    assert.equal(await give('/a/b', OLD, NEW), 5)
    for (const path of ['/a/b', '/a/b/c/d', '/a/b/last', '/a/b/last/e']) {
      await assert.rejects(old.write(path, DATA), denied)
      await assert.rejects(nobody.write(path, DATA), denied)
      await now.write(path, DATA)
    }
    await old.write('/a/beside', DATA)
    await nobody.write('/a/b/open', DATA)
    await other.write('/a/b/open/others', DATA)
    await assert.rejects(now.write('/a/b/open/others', DATA), denied)
    // Above the root it is both.
    for (const session of [old, now]) await session.write('/a', DATA)
    assert.equal(await give('/a/b', OLD, NEW), 0)
  })

  test('a half one is done to its end, and without new credentials all is open', async () => {
    for (const path of ['/h/i', '/h/last']) await old.ensurePersistent(path, DATA)
    await now.ensurePersistent('/j', DATA)
    await handOver({ address: server.address, root: '/h/i', last: '/h/none', from: OLD, to: NEW, limitMs: 5000 })
    assert.equal(await give('/h', OLD, NEW), 2)
    assert.equal(await give('/h', NEW, undefined), 3)
    for (const path of ['/h', '/h/i', '/h/last']) await nobody.write(path, DATA)
    await assert.rejects(nobody.write('/j', DATA), denied)
  })

  test('a server that is away is said to be', async () => {
    const options = { address: '127.0.0.1:1', root: '/a', last: '/a/last', from: OLD, to: NEW, limitMs: 1000 }
    await assert.rejects(handOver(options), { code: 'ABOX_ZK_AWAY' })
  })
})
