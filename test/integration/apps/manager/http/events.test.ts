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
  const served: Promise<void>[] = []
  /** While it is pending the database answers nothing. */
  let stall: Promise<void> = Promise.resolve()

  before(async () => {
    store = await openTestStore('sqlite::memory:')
    const read: Store['read'] = async (work) => {
      await stall
      return store.read(work)
    }
    const stalling: Store = { kind: store.kind, read, write: (work) => store.write(work), close: () => store.close() }
    streams = createEventStreams({ store: stalling, changes, log: silentLogger, heartbeatMs: 20 })
    server = createServer((incoming, response) => {
      const principal = viewer(incoming.url === '/all' ? 'platform' : ofGroup)
      const again = async (): Promise<Principal> => principal
      const serve = (after: number | undefined): Promise<void> =>
        streams.serve({ after, principal, again, response, headers: {} })
      // As where the database says only then who asks.
      if (incoming.url === '/gone') response.on('close', () => served.push(serve(0)))
      else served.push(serve(incoming.url === '/new' ? undefined : incoming.url === '/restored' ? 1e12 : 0))
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

  test('a reader that has gone before his stream begins leaves none behind', async () => {
    served.length = 0
    const { port } = server.address() as AddressInfo
    const sent = request({ host: '127.0.0.1', port, path: '/gone', agent: false }).on('error', () => {})
    const arrived = new Promise((resolve) => server.once('request', resolve))
    sent.end()
    await arrived
    sent.destroy()
    await until('it is served', () => served.length === 1)
    await until('no stream is left', () => streams.count() === 0)
    await served[0]
  })

  test('a reader that goes while the database stalls leaves none behind', async () => {
    served.length = 0
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    stall = promise
    const { port } = server.address() as AddressInfo
    const gone = new Promise<void>((resolve) => server.once('request', (_in, out) => out.on('close', resolve)))
    const sent = request({ host: '127.0.0.1', port, path: '/new', agent: false }).on('error', () => {})
    sent.end()
    await until('it is served', () => served.length === 1)
    sent.destroy()
    await gone
    goOn()
    await until('no stream is left', () => streams.count() === 0)
    await served[0]
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

  test('a reader who has seen more than there is goes on at the end', async () => {
    const response = await open('/restored')
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await until('it has begun', () => text.includes(': from'))
    await write(1, ofGroup)
    changes.notify()
    await until('the line', () => text.includes('event: change'))
    response.destroy()
  })
})
