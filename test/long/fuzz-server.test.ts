import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeInvocation, nullResult, statusResult } from '#lib/dubbo'
import { chance, seedAt, seedOf } from '../harness/fuzz/chance.ts'
import { seedFrames } from '../harness/fuzz/frames.ts'
import { mutateFrame } from '../harness/fuzz/mutate.ts'
import { RawPeer, startServer, until } from '../integration/lib/dubbo/peers.ts'
import { goldenRequests } from '../unit/lib/dubbo/golden.ts'

const CONNECTIONS = 2000
const FRAMES_EACH = 3

test('a server outlives mutated frames on thousands of connections and answers a good call after each', async (t) => {
  const { port, server } = await startServer(t, {
    onRequest: (request) => {
      try {
        decodeInvocation(request.body)
        request.reply(nullResult(request.requestId))
      } catch (error) {
        request.reply(statusResult(request.requestId, 40, (error as Error).message))
      }
    }
  })
  const seeds = seedFrames()
  const seed = seedOf(3)
  const good = Buffer.from(goldenRequests()[0]?.hex ?? '', 'hex')
  for (let run = 0; run < CONNECTIONS; run++) {
    const pick = chance(seedAt(seed, run))
    const hostile = await RawPeer.connect(t, port)
    for (let i = 0; i < FRAMES_EACH; i++) {
      const bytes = mutateFrame(seeds, pick)
      const cut = pick(bytes.length + 1)
      hostile.send(bytes.subarray(0, cut), bytes.subarray(cut))
    }
    hostile.socket.end()
    const peer = await RawPeer.connect(t, port)
    peer.send(good)
    const answer = await peer.frame()
    assert.equal(answer.toString('hex', 4, 12), good.toString('hex', 4, 12), `connection ${run} of seed ${seed}`)
    assert.equal(answer[3], 20)
    peer.socket.destroy()
    hostile.socket.destroy()
  }
  await until(() => server.connections() === 0, 'all connections to end')
  assert.equal(server.inFlight(), 0)
})
