import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { EventStream } from '../../../../../src/apps/manager/http/event-stream.ts'
import { until } from '../../../../harness/until.ts'

/** More than the system's buffers of both ends hold. */
const MUCH = 20_000_000

describe('an event stream', () => {
  let server: Server
  let response: ServerResponse | undefined
  before(async () => {
    server = createServer((_incoming, made) => {
      response = made
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    response = undefined
  })

  /** A reader, and the answer that is to become his stream. */
  const connect = async () => {
    const { port } = server.address() as AddressInfo
    const { promise: answer, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    // Whoever never gets an answer has no use for the error.
    answer.catch(() => {})
    const sent = request({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject)
    sent.end()
    await until('the request is there', () => response !== undefined)
    return { sent, answer, made: response as ServerResponse }
  }

  test('whose reader takes nothing of what is left is cut off', async () => {
    const { made, answer } = await connect()
    const stream = new EventStream(made, 50)
    stream.begin({})
    stream.write('x'.repeat(MUCH))
    const reader = (await answer).pause().on('error', () => {})
    stream.end()
    await until('the connection is gone', () => made.closed)
    assert.equal(made.writableFinished, false)
    reader.destroy()
  })

  test('whose reader takes what is left gives him all of it', async () => {
    const { made, answer } = await connect()
    const stream = new EventStream(made, 60_000)
    stream.begin({ 'x-request-id': 'r-1' })
    stream.write('x'.repeat(MUCH))
    stream.end()
    const reader = await answer
    let text = ''
    for await (const part of reader.setEncoding('latin1')) text += part
    assert.equal(text, `retry: 2000\n\n${'x'.repeat(MUCH)}`)
    assert.equal(reader.complete, true)
    assert.match(reader.headers['content-type'] ?? '', /^text\/event-stream/)
    assert.equal(reader.headers['x-request-id'], 'r-1')
  })

  test('whose reader had gone before it was made is over at once, and nothing is written', async () => {
    const { made, sent } = await connect()
    sent.destroy()
    await until('he has gone', () => made.closed)
    const stream = new EventStream(made, 60_000)
    assert.equal(stream.isOver, true)
    assert.equal(
      await Promise.race([stream.ended, new Promise((resolve) => setImmediate(resolve, 'still open'))]),
      undefined
    )
    stream.begin({})
    stream.write('x')
    await stream.drained()
    assert.equal(made.headersSent, false)
  })

  test('is over when its reader goes', async () => {
    const { made, answer } = await connect()
    const stream = new EventStream(made, 60_000)
    stream.begin({})
    ;(await answer).destroy()
    await stream.ended
    assert.equal(stream.isOver, true)
  })

  test('that ends before it has begun is a broken connection, which a browser makes anew', async () => {
    const { made, answer } = await connect()
    new EventStream(made, 60_000).end()
    await assert.rejects(answer, { code: 'ECONNRESET' })
  })

  test('waits for a reader that takes his time, and no longer than he is there', async () => {
    const { made, answer } = await connect()
    const stream = new EventStream(made, 60_000)
    stream.begin({})
    stream.write('x'.repeat(MUCH))
    const reader = (await answer).on('error', () => {})
    assert.equal(stream.isBlocked, true)
    const drained = stream.drained()
    reader.resume()
    await drained
    assert.equal(stream.isBlocked, false)
    reader.pause()
    stream.write('x'.repeat(MUCH))
    assert.equal(stream.isBlocked, true)
    reader.destroy()
    await stream.drained()
    assert.equal(stream.isOver, true)
  })
})
