import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What a client said when it connected. */
export interface Handshake {
  readonly zxid: bigint
  readonly session: bigint
  readonly password: string
}

export interface Reply {
  readonly error?: number
  readonly zxid?: bigint
  readonly body?: Buffer
}

export interface StubBehaviour {
  /** `undefined`: no answer at all; `hang up`; 0: the session has expired; else the session's time-out in ms. */
  greet(handshake: Handshake, index: number): number | 'hang up' | undefined
  /** `undefined`: no answer. */
  reply(type: number): Reply | 'hang up' | undefined
  /** False: the end of a session is passed over in silence as well. */
  readonly farewell?: boolean
}

export const TYPE = { getData: 4, auth: 100 } as const
const CLOSE = -11
/** An answer to `exists` for a node that is there. */
export const STAT: Reply = { zxid: 1n, body: Buffer.alloc(68) }

/**
 * A server that speaks just enough of ZooKeeper to misbehave on purpose, which the real one cannot.
 *
 * frame   := length int32 payload
 * connect := protocol int32 · zxid int64 · timeout int32 · session int64 · password (int32 bytes)
 * request := xid int32 · type int32 · body
 * reply   := xid int32 · zxid int64 · error int32 · body
 */
export async function startStub(behaviour: StubBehaviour) {
  const sockets = new Set<Socket>()
  const handshakes: Handshake[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let pending: Buffer = Buffer.alloc(0)
    let greeted = false
    const send = (...parts: Buffer[]): void => {
      const payload = Buffer.concat(parts)
      const length = Buffer.alloc(4)
      length.writeInt32BE(payload.length)
      socket.write(Buffer.concat([length, payload]))
    }
    const greet = (frame: Buffer): void => {
      greeted = true
      const handshake = {
        zxid: frame.readBigInt64BE(4),
        session: frame.readBigInt64BE(16),
        password: frame.subarray(28, 44).toString('hex')
      }
      const timeoutMs = behaviour.greet(handshake, handshakes.push(handshake) - 1)
      if (timeoutMs === 'hang up') socket.destroy()
      if (typeof timeoutMs !== 'number') return
      const answer = Buffer.alloc(36, 0x77)
      answer.writeInt32BE(0, 0)
      answer.writeInt32BE(timeoutMs, 4)
      answer.writeBigInt64BE(handshake.session === 0n ? 0x1000n + BigInt(handshakes.length) : handshake.session, 8)
      answer.writeInt32BE(16, 16)
      send(answer)
      if (timeoutMs === 0) socket.end()
    }
    const answer = (frame: Buffer): void => {
      const type = frame.readInt32BE(4)
      const reply = type === CLOSE && behaviour.farewell !== false ? 'hang up' : behaviour.reply(type)
      if (reply === 'hang up') socket.destroy()
      if (reply === 'hang up' || reply === undefined) return
      const head = Buffer.alloc(16)
      head.writeInt32BE(frame.readInt32BE(0), 0)
      head.writeBigInt64BE(reply.zxid ?? 1n, 4)
      head.writeInt32BE(reply.error ?? 0, 12)
      send(head, reply.body ?? Buffer.alloc(0))
    }
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const frame = pending.subarray(4, 4 + pending.readInt32BE(0))
        pending = pending.subarray(4 + frame.length)
        if (greeted) answer(frame)
        else greet(frame)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    address: `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    handshakes,
    connections: () => sockets.size,
    /** A frame that nobody asked for, to every client. */
    push(payload: Buffer): void {
      const length = Buffer.alloc(4)
      length.writeInt32BE(payload.length)
      for (const socket of sockets) socket.write(Buffer.concat([length, payload]))
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
