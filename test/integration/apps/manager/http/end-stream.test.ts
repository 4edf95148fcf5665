import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { endStream } from '../../../../../src/apps/manager/http/end-stream.ts'
import { until } from '../../../../harness/until.ts'

/** More than the system's buffers of both ends hold. */
const MUCH = 20_000_000

describe('the end of a stream', () => {
  let server: Server
  let ended: ServerResponse | undefined
  before(async () => {
    server = createServer(({ url }, response) => {
      ended = response
      response.write('x'.repeat(MUCH))
      endStream(response, url === '/soon' ? 50 : 60_000)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const open = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo
      request({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject).end()
    })

  test('a reader that takes nothing of what is left is cut off', async () => {
    const response = await open('/soon')
    response.pause().on('error', () => {})
    await until('the connection is gone', () => ended?.closed === true)
    assert.equal(ended?.writableFinished, false)
    response.destroy()
  })

  test('a reader that takes what is left gets all of it', async () => {
    const response = await open('/late')
    let length = 0
    for await (const part of response) length += (part as Buffer).length
    assert.equal(length, MUCH)
    assert.equal(response.complete, true)
  })
})
