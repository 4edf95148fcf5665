import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createLiveStreams } from '../../../../../src/apps/manager/http/live-streams.ts'
import { createLiveStore } from '../../../../../src/apps/manager/live/live-store.ts'
import { silentLogger } from '../../../../../src/core/logger.ts'
import { until } from '../../../../harness/until.ts'

const question = { environment: 'qa', seconds: 1, step: undefined, by: 'variant', model: undefined } as const

test('a reader of live numbers that takes nothing is cut off after some events', async (t) => {
  // Its seconds last 20 ms: a clock that stands just before the end of one.
  const live = createLiveStore({ wallMs: () => 999, monotonicMs: () => 999 })
  const streams = createLiveStreams({ live, log: silentLogger })
  const server = createServer((_incoming, response) => {
    // More than the system's buffers of both ends hold, as if many events had not been taken.
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

/** A request whose sender goes; `onRequest` gets its answer before that. */
async function leave(onRequest: (response: ServerResponse) => void): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  const server = createServer((_incoming, response) => {
    onRequest(response)
    resolve(response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const sent = request({ host: '127.0.0.1', port, agent: false }).on('error', () => {})
  sent.end()
  const response = await promise
  const gone = new Promise((closed) => response.on('close', closed))
  sent.destroy()
  await gone
  server.close()
  return response
}

test('a reader of live numbers that has gone before his stream begins leaves none behind', async () => {
  const live = createLiveStore({ wallMs: () => 999, monotonicMs: () => 999 })
  const streams = createLiveStreams({ live, log: silentLogger })
  const response = await leave(() => {})
  const served = streams.serve({ user: 'ann', question, again: async () => () => true, response, headers: {} })
  await until('no stream is left', () => streams.count() === 0)
  await served
  assert.equal(response.headersSent, false)
})

test('a reader of live numbers that goes while it is asked what he may see leaves none behind', async () => {
  const live = createLiveStore({ wallMs: () => 999, monotonicMs: () => 999 })
  const streams = createLiveStreams({ live, log: silentLogger })
  const { promise, resolve: answer } = Promise.withResolvers<() => boolean>()
  const served: Promise<void>[] = []
  await leave((response) => {
    served.push(streams.serve({ user: 'ann', question, again: () => promise, response, headers: {} }))
  })
  await until('no stream is left', () => streams.count() === 0)
  await Promise.all(served)
  answer(() => true)
})
