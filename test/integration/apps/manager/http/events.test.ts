import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createChanges } from '../../../../../src/apps/manager/changes.ts'
import { createEventStreams, type EventStreams } from '../../../../../src/apps/manager/http/events.ts'
import type { Principal } from '../../../../../src/apps/manager/identity/principal.ts'
import { writeAudit } from '../../../../../src/apps/manager/store/audit.ts'
import type { Store } from '../../../../../src/apps/manager/store/open-store.ts'
import { silentLogger } from '../../../../../src/core/logger.ts'
import { openTestStore, TESTER } from '../../../../harness/store.ts'
import { until } from '../../../../harness/until.ts'

const viewer = (businessGroup: string): Principal => ({
  actor: TESTER,
  grants: [{ businessGroup, role: 'viewer', environment: '*' }]
})

describe('a stream of changes and its reader', () => {
  let store: Store
  let streams: EventStreams
  let server: Server
  const changes = createChanges()
  const ofGroup = 'quiet'

  before(async () => {
    store = await openTestStore('sqlite::memory:')
    streams = createEventStreams({ store, changes, log: silentLogger, heartbeatMs: 20 })
    server = createServer((incoming, response) => {
      const principal = viewer(incoming.url === '/all' ? 'platform' : ofGroup)
      const again = async (): Promise<Principal> => principal
      void streams.serve({ after: 0, principal, again, response, headers: {} })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(async () => {
    await streams.close()
    server.closeAllConnections()
    server.close()
    await store.close()
  })

  const open = async (path: string): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo
    const sent = request({ host: '127.0.0.1', port, path, agent: false }).end()
    return new Promise((resolve, reject) => sent.on('response', resolve).on('error', reject))
  }
  const write = (lines: number, businessGroup: string, reason = ''): Promise<void> =>
    store.write(async (db) => {
      for (let line = 0; line < lines; line++) {
        await writeAudit(db, { actor: TESTER, action: 'change', scope: 'qa', businessGroup, reason }, line)
      }
    })

  test('a quiet stream is kept alive by comments', async () => {
    const response = await open('/quiet')
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await until('two heartbeats', () => text.split(': still here').length > 2)
    response.destroy()
    await until('the stream is gone', () => streams.count() === 0)
  })

  test('a reader that takes nothing is cut off, however much there is to tell', async () => {
    // More than the system's buffers of both ends hold.
    await write(4000, 'loud', 'x'.repeat(4000))
    const response = await open('/all')
    response.pause()
    await until('the stream is gone', () => streams.count() === 0)
    // What had been sent before is still there to be read, and then it breaks off.
    const broken = new Promise((resolve) => response.on('error', resolve).on('close', resolve))
    response.resume()
    await broken
    assert.equal(response.complete, false)
  })

  test('what others did meanwhile is not looked through again', async () => {
    const response = await open('/quiet')
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await write(300, 'loud')
    changes.notify()
    await write(1, ofGroup)
    changes.notify()
    await until('the line of its own', () => text.includes('event: change'))
    assert.equal(text.split('event: change').length - 1, 1)
    response.destroy()
  })
})
