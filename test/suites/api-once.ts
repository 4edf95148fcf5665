import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openStore } from '../../src/apps/manager/store/open-store.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import {
  type Answer,
  type Client,
  clientOf,
  landscape,
  PASSWORD,
  putAll,
  type RunningManager,
  startManager
} from '../harness/manager.ts'

const OTHER = 'another long password'
const TOKEN = { title: 't', role: 'viewer', businessGroup: '*', environment: '*', days: 1 }
const BUNDLES = '/api/v1/environments/qa/bundles'

/** What is sent again with its Idempotency-Key, of all that is no document; on either database. */
export function onceApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let url = ''
  let sent = 0
  before(async () => {
    url = await make()
    running = await startManager({ url })
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
    await running.addUser('ann')
  })
  after(() => running.close())

  const withKey = () => ({ 'idempotency-key': `key-${++sent}` })
  const post = (path: string, body: unknown, headers: Record<string, string>, by: Client = running.root) =>
    by.ask('POST', path, { body, headers })
  const linesOf = async (action: string, kind: string): Promise<number> =>
    (await running.root.ask('GET', `/api/v1/audit?action=${action}&kind=${kind}&limit=1000`)).body.items.length
  const refused = ({ status, body }: Answer): unknown[] => [status, body.code]

  test('a user is made once, enabled once and disabled once, and each time answered as at first', async () => {
    const asks = [
      ['/api/v1/users', { name: 'new', password: PASSWORD }, { name: 'newer', password: PASSWORD }, 'create', 201],
      ['/api/v1/users/ann/disable', {}, undefined, 'disable', 200],
      ['/api/v1/users/ann/enable', {}, undefined, 'enable', 200]
    ] as const
    for (const [path, body, otherBody, action, status] of asks) {
      const headers = withKey()
      const before = await linesOf(action, 'User')
      const first = await post(path, body, headers)
      const second = await post(path, body, headers)
      assert.equal(first.status, status, first.text)
      assert.deepEqual([second.status, second.text], [first.status, first.text])
      assert.equal(second.headers.get('idempotency-replayed'), 'true')
      assert.equal(first.headers.get('idempotency-replayed'), null)
      assert.equal(await linesOf(action, 'User'), before + 1)
      if (otherBody !== undefined) {
        assert.deepEqual(refused(await post(path, otherBody, headers)), [422, 'ABOX_IDEMPOTENCY'])
      }
    }
    assert.equal((await running.root.ask('GET', '/api/v1/users')).text.includes('newer'), false)
  })

  test('a password is set once: a repeat does not end what was begun by it', async () => {
    await running.addUser('bob')
    const path = '/api/v1/users/bob/password'
    const headers = withKey()
    assert.equal((await post(path, { password: OTHER }, headers)).status, 204)
    const bob = await running.logIn('bob', OTHER)
    const again = await post(path, { password: OTHER }, headers)
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [204, 'true'])
    assert.equal((await bob.ask('GET', '/api/v1/session')).status, 200)
    assert.deepEqual(refused(await post(path, { password: PASSWORD }, headers)), [422, 'ABOX_IDEMPOTENCY'])
  })

  test('a token is made once and shown once: a repeat tells which one it was, and makes none', async () => {
    const headers = withKey()
    const first = await post('/api/v1/tokens', TOKEN, headers)
    assert.equal(first.status, 201)
    const second = await post('/api/v1/tokens', TOKEN, headers)
    assert.deepEqual(refused(second), [409, 'ABOX_SHOWN_ONCE'])
    assert.ok(second.body.detail.includes(first.body.id), second.body.detail)
    assert.equal(second.text.includes(first.body.token), false)
    assert.deepEqual(refused(await post('/api/v1/tokens', { ...TOKEN, days: 2 }, headers)), [422, 'ABOX_IDEMPOTENCY'])
    assert.equal((await running.root.ask('GET', '/api/v1/tokens')).body.items.length, 1)
    const bearer = clientOf(running.manager.url, { authorization: `Bearer ${first.body.token}` })
    assert.equal((await bearer.ask('GET', '/api/v1/session')).status, 200)
  })

  test('a token is revoked once', async () => {
    const { id } = (await post('/api/v1/tokens', TOKEN, withKey())).body
    const headers = withKey()
    for (const replayed of [null, 'true']) {
      const answer = await running.root.ask('DELETE', `/api/v1/tokens/${id}`, { headers })
      assert.deepEqual([answer.status, answer.headers.get('idempotency-replayed')], [204, replayed])
    }
    assert.equal(await linesOf('revoke', 'Token'), 1)
  })

  test('code is uploaded once, and a repeat is answered as at first', async () => {
    const headers = withKey()
    const body = { language: 'js', code: 'export const pre = 1', businessGroup: 'rank' }
    const first = await post(BUNDLES, body, headers)
    const second = await post(BUNDLES, body, headers)
    assert.deepEqual([first.status, second.status, second.text], [201, 201, first.text])
    assert.deepEqual(refused(await post(BUNDLES, { ...body, code: 'x' }, headers)), [422, 'ABOX_IDEMPOTENCY'])
  })

  test('what was refused may be sent again with its key', async () => {
    const headers = withKey()
    assert.equal((await post('/api/v1/users', { name: 'root' }, headers)).status, 409)
    assert.equal((await post('/api/v1/users', { name: 'free' }, headers)).status, 201)
  })

  test('of passwords and tokens nothing is kept with an answer, nor what a password could be guessed by', async () => {
    const made = await post('/api/v1/tokens', TOKEN, withKey())
    const user = { name: 'kept', password: PASSWORD }
    // The same request by two sessions: who had only the table could compare a guess with neither.
    const headers = withKey()
    assert.equal((await post('/api/v1/users', user, headers)).status, 201)
    assert.deepEqual(refused(await post('/api/v1/users', user, headers, await running.logIn('root'))), [
      422,
      'ABOX_IDEMPOTENCY'
    ])
    const store = await openStore({ url, log: silentLogger })
    const rows = await store.read((db) => db.selectFrom('idempotency').selectAll().execute())
    await store.close()
    const text = JSON.stringify(rows)
    assert.ok(rows.length > 2)
    for (const secret of [made.body.token, made.body.token.split('_')[2] ?? '', PASSWORD, OTHER]) {
      assert.equal(text.includes(secret), false)
    }
  })
}
