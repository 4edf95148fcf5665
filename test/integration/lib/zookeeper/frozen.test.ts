import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'

const SESSION_TIMEOUT_MS = 3000
const SESSION_ID = 42n

/** Takes handshakes in the order in which they come; answers the first `answered` of them and nothing else ever. */
interface FrozenServer {
  readonly address: string
  /** The session that the next handshake continues, 0 for a new one. */
  nextHandshake(): Promise<bigint>
  close(): void
}

describe('a session with a lone ZooKeeper that is frozen', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  const open = async (answered: number): Promise<{ server: FrozenServer; session: ZookeeperSession }> => {
    const server = await startFrozen(answered)
    closing.push(() => server.close())
    const session = createZookeeper({
      address: server.address,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      startTimeoutMs: 1
    })
    closing.push(() => session.close())
    await session.start()
    return { server, session }
  }

  test('stands in its line with the old session first, and with a new one when the old one is over', async () => {
    const { server } = await open(1)
    assert.equal(await server.nextHandshake(), 0n)
    assert.equal(await server.nextHandshake(), SESSION_ID)
    let next = await server.nextHandshake()
    for (let tries = 0; next === SESSION_ID && tries < 3; tries++) next = await server.nextHandshake()
    assert.equal(next, 0n)
  })
})

async function startFrozen(answered: number): Promise<FrozenServer> {
  const sockets = new Set<Socket>()
  const handshakes: bigint[] = []
  let wake = (): void => {}
  let answers = answered
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (bytes) => {
      handshakes.push(bytes.readBigInt64BE(SESSION_ID_AT))
      wake()
      if (answers-- > 0) socket.write(connectResponse())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    address: `127.0.0.1:${address.port}`,
    async nextHandshake() {
      while (handshakes.length === 0) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      return handshakes.shift() ?? -1n
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** ConnectRequest = length:int version:int zxid:long timeout:int sessionId:long password:buffer */
const SESSION_ID_AT = 4 + 4 + 8 + 4

/** ConnectResponse = length:int version:int timeout:int sessionId:long password:buffer(16) */
function connectResponse(): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 4 + 8 + 4 + 16)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt32BE(SESSION_TIMEOUT_MS, 8)
  bytes.writeBigInt64BE(SESSION_ID, 12)
  bytes.writeInt32BE(16, 20)
  return bytes
}
