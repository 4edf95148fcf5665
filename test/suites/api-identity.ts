import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import { composeManager } from '../../src/apps/manager/compose.ts'
import { resolveManagerConfig } from '../../src/apps/manager/config.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import {
  type Answer,
  type Client,
  clientOf,
  landscape,
  modelDocument,
  PASSWORD,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../harness/manager.ts'

const HOUR = 60 * 60_000
const QA = '/api/v1/environments/qa'

const whoAmI = async (client: Client): Promise<number> => (await client.ask('GET', '/api/v1/session')).status
const tryPassword = ({ nobody }: RunningManager, user: string, password: string) =>
  nobody.ask('POST', '/api/v1/session', { body: { user, password } })

/** Sessions, tokens, users and passwords over HTTP, on either database. */
export function identityApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let at = ''

  before(async () => {
    running = await startManager({ url: await make() })
    at = `http://127.0.0.1:${running.manager.port}`
    await running.addUser('ann')
    const members = [{ user: 'ann', role: 'operator', environments: ['*'] }]
    await putAll(running.root, landscape({ rank: members, fraud: members }))
    await putAll(running.root, { 'environments/qa/models/m': modelDocument('m', 'rank') })
  })
  after(() => running.close())

  const logIn = (password: string, user = 'ann') => tryPassword(running, user, password)

  test('the set-up token is good for one user, and a wrong one for none', async () => {
    const body = { token: running.manager.setupToken, user: 'mallory', password: PASSWORD }
    for (const token of [running.manager.setupToken, 'x', '']) {
      const answer = await running.nobody.ask('POST', '/api/v1/setup', { body: { ...body, token } })
      assert.ok([400, 401].includes(answer.status), String(answer.status))
    }
    assert.equal((await logIn(PASSWORD, 'mallory')).status, 401)
  })

  test('replicas that start together print a token each, all of them count, and with the first that is used none does', async () => {
    const raw = { http: { port: 0 }, database: { url: await make() } }
    const config = resolveManagerConfig({ raw, source: 'test', folder: tmpdir() })
    const replicas = [
      await composeManager({ config, log: silentLogger }),
      await composeManager({ config, log: silentLogger })
    ]
    try {
      const setUp = (index: number, user: string): Promise<Answer> =>
        clientOf(`http://127.0.0.1:${replicas[1 - index]?.port}`, {}).ask('POST', '/api/v1/setup', {
          body: { token: replicas[index]?.setupToken, user, password: PASSWORD }
        })
      assert.equal((await setUp(0, 'ann')).status, 201)
      assert.equal((await setUp(1, 'eve')).status, 401)
      const late = await composeManager({ config, log: silentLogger })
      assert.equal(late.setupToken, undefined)
      await late.close()
    } finally {
      for (const replica of replicas) await replica.close()
    }
  })

  test('the cookie of a session is for this site alone and out of reach of scripts', async () => {
    const answer = await logIn(PASSWORD)
    const [cookie = ''] = answer.headers.getSetCookie()
    assert.match(cookie, /^abox=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    assert.deepEqual(answer.body.grants.length, 2)
  })

  test('a session changes nothing without its CSRF header, and reads without it', async () => {
    const ann = await running.logIn('ann')
    const other = await running.logIn('ann')
    const cookie = ann.headers['cookie'] ?? ''
    const split = { body: { weights: { old: 0, new: 1_000_000 } }, seen: 1 }
    for (const csrf of [undefined, '', 'x', other.headers['x-abox-csrf']]) {
      const forged = clientOf(at, { cookie, ...(csrf !== undefined && { 'x-abox-csrf': csrf }) })
      const answer = await forged.ask('PUT', `${QA}/models/m/split?dryRun=true`, split)
      assert.deepEqual([answer.status, answer.body.code], [403, 'ABOX_FORBIDDEN'])
      assert.equal(await whoAmI(forged), 200)
    }
    assert.equal((await ann.ask('PUT', `${QA}/models/m/split?dryRun=true`, split)).status, 200)
  })

  test('logging out ends the session', async () => {
    const ann = await running.logIn('ann')
    assert.equal((await ann.ask('DELETE', '/api/v1/session')).status, 204)
    assert.equal(await whoAmI(ann), 401)
  })

  test('a changed password ends all sessions and the old password', async () => {
    await running.addUser('cara')
    const one = await running.logIn('cara')
    const two = await running.logIn('cara')
    const path = '/api/v1/users/cara/password'
    const password = 'another long password'
    assert.equal((await one.ask('POST', path, { body: { password } })).status, 401, 'without the current one')
    assert.equal((await one.ask('POST', path, { body: { password, current: 'wrong' } })).status, 401)
    assert.equal((await one.ask('POST', path, { body: { password, current: PASSWORD } })).status, 204)
    assert.deepEqual([await whoAmI(one), await whoAmI(two)], [401, 401])
    assert.equal((await logIn(PASSWORD, 'cara')).status, 401)
    assert.equal((await logIn(password, 'cara')).status, 200)
    assert.equal((await two.ask('POST', '/api/v1/users/ann/password', { body: { password } })).status, 401)
  })

  test("nobody but an admin of the platform changes another one's password", async () => {
    const ann = await running.logIn('ann')
    const body = { password: 'another long password' }
    assert.equal((await ann.ask('POST', '/api/v1/users/root/password', { body })).status, 403)
    await running.addUser('dora')
    assert.equal((await running.root.ask('POST', '/api/v1/users/dora/password', { body })).status, 204)
    assert.equal((await logIn(body.password, 'dora')).status, 200)
  })

  test('a disabled user has neither sessions nor tokens nor a password, until he is enabled', async () => {
    const eve = await running.addUser('eve')
    const token = await tokenOf(eve, at)
    assert.equal((await running.root.ask('POST', '/api/v1/users/eve/disable')).status, 200)
    assert.deepEqual([await whoAmI(eve), await whoAmI(token), (await logIn(PASSWORD, 'eve')).status], [401, 401, 401])
    await running.root.ask('POST', '/api/v1/users/eve/enable')
    assert.deepEqual([await whoAmI(eve), await whoAmI(token), (await logIn(PASSWORD, 'eve')).status], [401, 200, 200])
  })

  test('a token may do what its owner may, or less, and never more', async () => {
    const ann = await running.logIn('ann')
    const split = { body: { weights: { old: 0, new: 1_000_000 } }, seen: 1 }
    const path = `${QA}/models/m/split?dryRun=true`
    const may = async (scope: object): Promise<number> =>
      (await (await tokenOf(ann, at, scope)).ask('PUT', path, split)).status
    assert.equal(await may({}), 200)
    assert.equal(await may({ role: 'operator', businessGroup: 'rank', environment: 'qa' }), 200)
    assert.equal(await may({ role: 'engineer' }), 403)
    assert.equal(await may({ businessGroup: 'fraud' }), 403)
    assert.equal(await may({ environment: 'prod' }), 403)
    assert.equal(await may({ businessGroup: 'platform' }), 403)
    const admin = await tokenOf(running.root, at, { businessGroup: 'rank', environment: 'qa' })
    assert.equal((await admin.ask('PUT', path, split)).status, 200)
    assert.equal((await admin.ask('GET', '/api/v1/users')).status, 403)
  })

  test('a token makes no tokens and changes no password', async () => {
    const token = await tokenOf(running.root, at)
    const body = { title: 't', role: 'viewer', businessGroup: '*', environment: '*', days: 1 }
    assert.equal((await token.ask('POST', '/api/v1/tokens', { body })).status, 403)
    const password = { password: 'another long password', current: PASSWORD }
    assert.equal((await token.ask('POST', '/api/v1/users/root/password', { body: password })).status, 403)
  })

  test('a token ends when it is revoked by its owner or an admin, and no other one does', async () => {
    const ann = await running.logIn('ann')
    const [mine, theirs, old] = [await tokenOf(ann, at), await tokenOf(ann, at), await tokenOf(ann, at)]
    const fay = await running.addUser('fay')
    assert.equal((await fay.ask('DELETE', `/api/v1/tokens/${mine.id}`)).status, 403)
    assert.equal((await fay.ask('GET', '/api/v1/tokens?user=ann')).status, 403)
    assert.equal(await whoAmI(mine), 200)
    assert.equal((await ann.ask('DELETE', `/api/v1/tokens/${mine.id}`)).status, 204)
    assert.equal((await running.root.ask('DELETE', `/api/v1/tokens/${theirs.id}`)).status, 204)
    assert.deepEqual([await whoAmI(mine), await whoAmI(theirs), await whoAmI(old)], [401, 401, 200])
    const { items } = (await ann.ask('GET', '/api/v1/tokens')).body
    const shown = items.find(({ id }) => id === mine.id)
    assert.ok((shown?.revokedAt ?? 0) > 0)
    assert.doesNotMatch(JSON.stringify(items), /hash|abox_/)
  })

  test('what looks like a token and is none does not count, whatever is beside it', async () => {
    const ann = await running.logIn('ann')
    for (const authorization of ['Bearer x', 'Basic YW5uOng=', 'Bearer abox_0000000000000000_', 'abox', '']) {
      assert.equal(await whoAmI(clientOf(at, { ...ann.headers, authorization })), 401, authorization)
    }
  })
}

/** What ends by time, on either database. */
export function expiryApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let passed = 0
  const clock = { wallMs: () => 1_700_000_000_000 + passed, monotonicMs: () => passed }

  before(async () => {
    running = await startManager({ clock, url: await make() })
    await running.addUser('ann')
  })
  after(() => running.close())

  test('a session ends an hour after its last use and twelve hours after its beginning', async () => {
    const idle = await running.logIn('ann')
    const used = await running.logIn('ann')
    for (let hours = 0; hours < 11.5; hours += 0.5) {
      passed += HOUR / 2
      assert.equal(await whoAmI(used), 200, `${hours} h`)
      // Its use is noted behind the answer: a write waits for it.
      await running.logIn('ann')
    }
    assert.equal(await whoAmI(idle), 401)
    passed += HOUR / 2 + 1
    assert.equal(await whoAmI(used), 401)
  })

  test('a token ends when its days are over', async () => {
    const token = await tokenOf(await running.logIn('ann'), running.manager.url, { days: 2 })
    passed += 48 * HOUR - 1
    assert.equal(await whoAmI(token), 200)
    passed += 1
    assert.equal(await whoAmI(token), 401)
  })

  test('wrong passwords are slowed down, for users that there are and that there are not alike; the right one later works', async () => {
    const statuses = new Map<string, number[]>()
    for (const user of ['ann', 'no-such-user']) {
      passed += HOUR
      const found: number[] = []
      for (let attempt = 0; attempt < 14; attempt++) {
        const answer = await tryPassword(running, user, 'wrong password')
        found.push(answer.status)
        if (answer.status === 429) assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
      }
      statuses.set(user, found)
    }
    assert.deepEqual(statuses.get('ann'), statuses.get('no-such-user'))
    assert.deepEqual(new Set(statuses.get('ann')), new Set([401, 429]))
    passed += HOUR
    assert.equal((await tryPassword(running, 'ann', PASSWORD)).status, 200)
  })
}
