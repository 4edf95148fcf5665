import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createLiveStreams } from '../../../../../src/apps/manager/http/live-streams.ts'
import { createLiveStore } from '../../../../../src/apps/manager/live/live-store.ts'
import { silentLogger } from '../../../../../src/core/logger.ts'
import { until } from '../../../../harness/until.ts'

test('a reader of live numbers that takes nothing is cut off after some events', async (t) => {
  // Its seconds last 20 ms: a clock that stands just before the end of one.
  const live = createLiveStore({ wallMs: () => 999, monotonicMs: () => 999 })
  const streams = createLiveStreams({ live, log: silentLogger })
  const server = createServer((_incoming, response) => {
    // More than the system's buffers of both ends hold, as if many events had not been taken.
    const question = { environment: 'qa', seconds: 1, step: undefined, by: 'variant', model: undefined } as const
    const headers = {}
    void streams.serve({ user: 'ann', question, again: async () => () => true, response, headers })
    response.write('x'.repeat(20_000_000))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    await streams.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject).end()
  })
  response.pause()
  await until('the stream is there', () => streams.count() === 1)
  await until('it is cut off', () => streams.count() === 0)
  const broken = new Promise((resolve) => response.on('error', resolve).on('close', resolve))
  response.resume()
  await broken
  assert.equal(response.complete, false)
})
