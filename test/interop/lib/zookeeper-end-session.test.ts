import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createZookeeper, endSession, type SessionIdentity, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../harness/peers.ts'
import { freePort } from '../../peers/ports.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { eventually } from './eventually.ts'

describeWithPeers('the session of a dead process', ['zookeeper'], () => {
  let zookeeper: Zookeeper
  const sessions: ZookeeperSession[] = []
  before(async () => {
    zookeeper = await startZookeeper()
  })
  after(async () => {
    await Promise.all(sessions.map((session) => session.close()))
    await zookeeper.stop()
  })
  const open = async (): Promise<{ session: ZookeeperSession; identities: SessionIdentity[] }> => {
    const identities: SessionIdentity[] = []
    const session = createZookeeper({
      address: zookeeper.address,
      sessionTimeoutMs: 60_000,
      onSession: (identity) => identities.push(identity)
    })
    sessions.push(session)
    await session.start()
    return { session, identities }
  }
  const tree = (path: string): Promise<string> => zookeeper.control(`tree ${path}`)

  test('is ended with its nodes, and a node of the same name that somebody alive has made stays', async () => {
    const dead = await open()
    for (const name of ['mine', 'shared']) await dead.session.setEphemeral(`/a/${name}`, Buffer.from('dead')).created()
    const [identity] = dead.identities
    assert.ok(identity !== undefined)
    const alive = await open()
    await alive.session.setEphemeral('/a/shared', Buffer.from('alive')).created()
    await endSession({ address: zookeeper.address, identity, limitMs: 20_000 })
    // The dead one is not really dead here: in its next session it claims its nodes anew, which says that it has lost the first.
    await eventually(() => assert.equal(dead.identities.length, 2))
    assert.match(await tree('/a'), /\/a\/shared E0x\w+ = /)
    assert.ok(!(await tree('/a')).includes(identity.id.toString('hex')))
  })

  test('that is over already is fine', async () => {
    const { session, identities } = await open()
    const [identity] = identities
    assert.ok(identity !== undefined)
    await session.close()
    await endSession({ address: zookeeper.address, identity, limitMs: 20_000 })
  })

  test('cannot be ended where nobody answers, and the error says where that was', async () => {
    const address = `127.0.0.1:${await freePort()}`
    const identity = { id: Buffer.alloc(8, 1), password: Buffer.alloc(16, 1) }
    await assert.rejects(endSession({ address, identity, limitMs: 1000 }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ABOX_ZK_AWAY')
      assert.ok(error.message.includes(address), error.message)
      return true
    })
  })
})
