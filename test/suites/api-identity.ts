import assert from 'node:assert/strict'
import { get } from 'node:http'
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
import { beginSlowly } from '../harness/slow-request.ts'
import { until } from '../harness/until.ts'

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
    for (const user of ['ann', 'slow']) await running.addUser(user)
    const members = [{ user: 'ann', role: 'operator', environments: ['*'] }]
    const rank = [...members, { user: 'slow', role: 'operator', environments: ['*'] }]
    await putAll(running.root, landscape({ rank, fraud: members }))
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

  test('who tries wrong set-up tokens does not keep others from the right one', async () => {
    const raw = { http: { port: 0, proxies: ['127.0.0.1'] }, database: { url: await make() } }
    const config = resolveManagerConfig({ raw, source: 'test', folder: tmpdir() })
    const clock = { wallMs: () => 1_700_000_000_000, monotonicMs: () => 0 }
    const manager = await composeManager({ config, log: silentLogger, clock })
    try {
      const setUp = (address: string, token = 'x'): Promise<Answer> =>
        clientOf(`http://127.0.0.1:${manager.port}`, { 'x-forwarded-for': address }).ask('POST', '/api/v1/setup', {
          body: { token, user: 'ann', password: PASSWORD }
        })
      for (let index = 0; index < 60; index++) await setUp(`203.0.113.${index % 2}`)
      assert.equal((await setUp('203.0.113.1')).status, 429)
      assert.equal((await setUp('198.51.100.1', manager.setupToken)).status, 201)
    } finally {
      await manager.close()
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

  test('a log-in by the old password that is under way while it is changed opens no session', async () => {
    await running.addUser('gus')
    const body = { password: 'another long password' }
    const reset = running.root.ask('POST', '/api/v1/users/gus/password', { body })
    // Two passwords are computed at a time: what comes last is looked at when the new one is there.
    const before = Array.from({ length: 6 }, () => running.logIn('ann'))
    const late = await logIn(PASSWORD, 'gus')
    assert.equal((await reset).status, 204)
    await Promise.all(before)
    const cookie = late.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    assert.equal(await whoAmI(clientOf(at, { cookie })), 401)
  })

  test("nobody but an admin of the platform changes another one's password", async () => {
    const ann = await running.logIn('ann')
    const body = { password: 'another long password' }
    assert.equal((await ann.ask('POST', '/api/v1/users/root/password', { body })).status, 403)
    const dora = await running.addUser('dora')
    const token = await tokenOf(dora, at)
    assert.equal((await running.root.ask('POST', '/api/v1/users/dora/password', { body })).status, 204)
    assert.equal((await logIn(body.password, 'dora')).status, 200)
    assert.deepEqual([await whoAmI(dora), await whoAmI(token)], [401, 401], 'what an intruder may have')
  })

  test('a disabled user has no password until he is enabled, and his sessions and tokens are gone for good', async () => {
    const eve = await running.addUser('eve')
    const token = await tokenOf(eve, at)
    assert.equal((await running.root.ask('POST', '/api/v1/users/eve/disable')).status, 200)
    assert.deepEqual([await whoAmI(eve), await whoAmI(token), (await logIn(PASSWORD, 'eve')).status], [401, 401, 401])
    await running.root.ask('POST', '/api/v1/users/eve/enable')
    assert.deepEqual([await whoAmI(eve), await whoAmI(token), (await logIn(PASSWORD, 'eve')).status], [401, 401, 200])
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

  test("an admin's token sets no password and appoints nobody to the platform, unless it was made for that group", async () => {
    const { root } = running
    await running.addUser('hal')
    const path = '/api/v1/groups/platform'
    const { generation: seen } = (await root.ask('GET', path)).body
    const admin = (user: string): object => ({ user, role: 'admin', environments: ['*'] })
    const platform = (...users: string[]): object => ({
      kind: 'BusinessGroup',
      name: 'platform',
      members: users.map(admin)
    })
    const put = (by: Client, generation: number, ...users: string[]): Promise<Answer> =>
      by.ask('PUT', path, { body: platform(...users), seen: generation })
    const setPassword = (by: Client): Promise<Answer> =>
      by.ask('POST', '/api/v1/users/hal/password', { body: { password: 'another long password' } })
    assert.equal((await put(root, seen, 'root', 'ann')).status, 200)
    const wide = await tokenOf(root, at)
    for (const answer of [
      await put(wide, seen + 1, 'root', 'hal'),
      await wide.ask('POST', `${path}/undo`, { body: {}, seen: seen + 1 }),
      await setPassword(wide)
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [403, 'ABOX_FORBIDDEN'], answer.text)
      assert.match(answer.body.detail, /a session, or a token for the business group platform alone/)
    }
    // What makes nobody an admin it does.
    assert.equal((await wide.ask('POST', '/api/v1/users', { body: { name: 'jim', password: PASSWORD } })).status, 201)
    const own = await tokenOf(root, at, { businessGroup: 'platform' })
    assert.equal((await setPassword(own)).status, 204)
    assert.equal((await put(own, seen + 1, 'root', 'hal')).status, 200)
    assert.equal((await put(root, seen + 2, 'root')).status, 200)
    // Never more than its owner.
    const ann = await tokenOf(await running.logIn('ann'), at, { businessGroup: 'platform' })
    assert.equal((await setPassword(ann)).status, 403)
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

  /** What somebody has begun to send ends so when `meanwhile` has happened. */
  const endOf = async (
    client: Client,
    meanwhile: () => Promise<Answer>,
    method: string,
    path: string,
    ask: { readonly body: unknown; readonly seen?: number }
  ): Promise<number> => {
    const slow = await beginSlowly(client, at, method, path, ask)
    const between = await meanwhile()
    assert.ok(between.status < 300, between.text)
    return (await slow.finish()).status
  }

  test('what somebody may do is asked when it is done, not when its request begins to arrive', async () => {
    const { root } = running
    const split = { body: { weights: { old: 0, new: 1_000_000 } }, seen: 1 }
    const token = { body: { title: 't', role: 'viewer', businessGroup: '*', environment: '*', days: 1 } }
    const bundle = { body: { language: 'js', code: 'of one who is gone', businessGroup: 'rank' } }
    const password = { body: { password: 'another long password', current: PASSWORD } }
    const asks = [
      ['PUT', `${QA}/models/m/split`, split],
      ['POST', '/api/v1/tokens', token],
      ['POST', `${QA}/bundles`, bundle],
      ['POST', '/api/v1/users/slow/password', password]
    ] as const
    for (const [method, path, ask] of asks) {
      const slow = await running.logIn('slow')
      const disable = (): Promise<Answer> => root.ask('POST', '/api/v1/users/slow/disable')
      assert.equal(await endOf(slow, disable, method, path, ask), 401, path)
      await root.ask('POST', '/api/v1/users/slow/enable')
    }
    const session = await running.logIn('slow')
    const bearer = await tokenOf(session, at)
    const revoke = (): Promise<Answer> => session.ask('DELETE', `/api/v1/tokens/${bearer.id}`)
    assert.equal(await endOf(bearer, revoke, 'PUT', `${QA}/models/m/split`, split), 401)
    const leave = (): Promise<Answer> =>
      root.ask('PUT', '/api/v1/groups/rank', {
        body: {
          kind: 'BusinessGroup',
          name: 'rank',
          members: [{ user: 'ann', role: 'operator', environments: ['*'] }]
        },
        seen: 1
      })
    assert.equal(await endOf(session, leave, 'PUT', `${QA}/models/m/split`, split), 403)
    assert.equal((await root.ask('GET', `${QA}/models/m`)).body.generation, 1)
  })

  const putPlatform = async (users: readonly string[]): Promise<Answer> => {
    const path = '/api/v1/groups/platform'
    const seen = (await running.root.ask('GET', path)).body.generation
    const members = users.map((user) => ({ user, role: 'admin', environments: ['*'] }))
    return running.root.ask('PUT', path, { body: { kind: 'BusinessGroup', name: 'platform', members }, seen })
  }

  test('of two admins who disable each other at once one stays', async () => {
    await running.addUser('max')
    const other = await running.addUser('mia')
    assert.equal((await putPlatform(['root', 'max', 'mia'])).status, 200)
    const max = await running.logIn('max')
    const slow = await beginSlowly(other, at, 'POST', '/api/v1/users/max/disable', { body: {} })
    assert.equal((await max.ask('POST', '/api/v1/users/mia/disable')).status, 200)
    assert.equal((await slow.finish()).status, 401)
    assert.equal(await whoAmI(max), 200)
    assert.equal((await putPlatform(['root'])).status, 200)
  })

  test('the platform keeps an admin who is not disabled', async () => {
    await running.addUser('gone')
    assert.equal((await running.root.ask('POST', '/api/v1/users/gone/disable')).status, 200)
    const refused = await putPlatform(['gone'])
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
    assert.equal((await putPlatform(['root', 'gone'])).status, 200)
    assert.equal((await putPlatform(['root'])).status, 200)
  })

  test('a token revokes itself, and others of its owner only where it may do all that he may', async () => {
    const ann = await running.logIn('ann')
    const revoke = async (by: Client, { id }: { readonly id: string }): Promise<number> =>
      (await by.ask('DELETE', `/api/v1/tokens/${id}`)).status
    const victim = await tokenOf(ann, at)
    const narrow = [{ role: 'operator' }, { businessGroup: 'rank' }, { environment: 'qa' }, { role: 'viewer' }]
    for (const scope of narrow) {
      const token = await tokenOf(ann, at, scope)
      assert.equal(await revoke(token, victim), 403, JSON.stringify(scope))
      assert.equal(await whoAmI(victim), 200)
      assert.equal(await revoke(token, token), 204)
      assert.equal(await whoAmI(token), 401)
    }
    assert.equal(await revoke(await tokenOf(ann, at), victim), 204)
    const theirs = await tokenOf(ann, at)
    assert.equal(await revoke(await tokenOf(running.root, at, { businessGroup: 'rank' }), theirs), 403)
    assert.equal(await revoke(await tokenOf(running.root, at), theirs), 204)
  })

  test('tokens that count are listed before those that do not, however many there were since', async () => {
    const user = await running.addUser('many')
    const oldest = await tokenOf(user, at)
    for (let round = 0; round < 11; round++) {
      const made = await Promise.all(Array.from({ length: 10 }, () => tokenOf(user, at)))
      await Promise.all(made.map(({ id }) => user.ask('DELETE', `/api/v1/tokens/${id}`)))
    }
    const { items } = (await user.ask('GET', '/api/v1/tokens')).body
    assert.equal(items[0]?.id, oldest.id)
    assert.equal(items.length, 100)
  })

  test('an identity of the provider belongs to one user', async () => {
    const make = (name: string, oidc?: string): Promise<Answer> =>
      running.root.ask('POST', '/api/v1/users', { body: { name, ...(oidc !== undefined && { oidc }) } })
    assert.equal((await make('one', 'https://idp.example.com 1')).status, 201)
    const second = await make('two', 'https://idp.example.com 1')
    assert.deepEqual([second.status, second.body.code], [409, 'ABOX_EXISTS'])
    assert.equal((await make('two', 'https://idp.example.com 2')).status, 201)
    assert.deepEqual([(await make('three')).status, (await make('four')).status], [201, 201])
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

  test('an open stream is no use of its session, and ends with it', async () => {
    const root = await tokenOf(await running.logIn('root'), running.manager.url)
    const members = [{ user: 'ann', role: 'viewer', environments: ['*'] }]
    await putAll(root, landscape({ rank: members, fraud: [] }))
    const ann = await running.logIn('ann')
    passed += HOUR - 120_000
    const heard = ['/api/v1/events', `${QA}/live/stream`].map((path) => {
      const stream = { text: '', ended: false }
      get(running.manager.url + path, { headers: ann.headers, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', (part: string) => {
          stream.text += part
        })
        response.on('close', () => {
          stream.ended = true
        })
      })
      return stream
    })
    await until('both begin', () => heard.every(({ text }) => text !== ''))
    // It is asked who reads before this is told him.
    await putAll(root, { 'environments/qa/models/told': modelDocument('told', 'rank') })
    await until('the change is told', () => heard[0]?.text.includes('told') === true)
    await until('it was asked again who reads', () => (heard[1]?.text.split('event: live').length ?? 0) > 1)
    await running.logIn('ann')
    passed += 120_000
    assert.equal(await whoAmI(ann), 401)
    await putAll(root, { 'environments/qa/models/late': modelDocument('late', 'rank') })
    await until('both end', () => heard.every(({ ended }) => ended))
    assert.equal(heard[0]?.text.includes('late'), false)
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
