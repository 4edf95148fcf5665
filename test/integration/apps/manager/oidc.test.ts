import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { clientOf, type RunningManager, startManager } from '../../../harness/manager.ts'
import { type Faults, startProvider, type TestProvider } from '../../../harness/oidc-provider.ts'

const LOGIN = '/api/v1/oidc/login'

describe('logging in by an identity provider', () => {
  let provider: TestProvider
  let running: RunningManager
  let folder = ''
  let secretFile = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-oidc-'))
    secretFile = join(folder, 'secret')
    await writeFile(secretFile, 's3cret\n')
    provider = await startProvider()
    const oidc = { issuer: provider.issuer, clientId: 'abox', secretFile }
    running = await startManager({ raw: { oidc } })
    const body = { name: 'ann', oidc: `${provider.issuer} subject-1` }
    assert.equal((await running.root.ask('POST', '/api/v1/users', { body })).status, 201)
  })
  after(async () => {
    // What was started ends in any case: a server that stays open would keep this file from ending.
    await running?.close()
    await provider?.close()
    await rm(folder, { recursive: true, force: true })
  })

  interface Way {
    /** Cookie that remembers the log-in in the browser. */
    readonly cookie: string
    /** Path and query by which the provider sends the browser back. */
    readonly back: string
  }

  /** To the provider, as a browser goes, and to the door of the way back. */
  async function go(at = running): Promise<Way> {
    const away = await at.nobody.ask('GET', LOGIN)
    assert.equal(away.status, 302)
    const cookie = away.headers.getSetCookie()[0] ?? ''
    assert.match(cookie, /HttpOnly; SameSite=Lax/)
    const response = await fetch(away.headers.get('location') ?? '', { redirect: 'manual' })
    const location = new URL(response.headers.get('location') ?? '')
    return { cookie: cookie.split(';')[0] ?? '', back: location.pathname + location.search }
  }

  const comeBack = ({ cookie, back }: Way, at = running) => at.nobody.ask('GET', back, { headers: { cookie } })

  test('opens a session for the user whose identity it is', async () => {
    const answer = await comeBack(await go())
    assert.equal(answer.status, 200, answer.text)
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('abox='))
    assert.match(session ?? '', /SameSite=Strict/)
    const ann = clientOf(running.manager.url, { cookie: session?.split(';')[0] ?? '' })
    assert.match((await ann.ask('GET', '/api/v1/session')).text, /"user":"ann"/)
  })

  test('a way back is good once, with its own state, and in the browser that began it', async () => {
    const way = await go()
    assert.equal((await comeBack(way)).status, 200)
    const wrong: readonly Way[] = [
      way,
      { ...(await go()), cookie: '' },
      { ...(await go()), cookie: 'abox-oidc=e30' },
      { cookie: (await go()).cookie, back: (await go()).back },
      { cookie: (await go()).cookie, back: '/api/v1/oidc/callback?error=access_denied' }
    ]
    for (const one of wrong) {
      const answer = await comeBack(one)
      assert.ok([401, 502].includes(answer.status), answer.text)
      assert.ok(!answer.headers.getSetCookie().some((cookie) => cookie.startsWith('abox=')))
    }
  })

  test('an identity that belongs to no user, or to one who is disabled, opens nothing', async () => {
    provider.subject = 'somebody else'
    assert.equal((await comeBack(await go())).status, 401)
    provider.subject = 'subject-1'
    await running.root.ask('POST', '/api/v1/users/ann/disable')
    assert.equal((await comeBack(await go())).status, 401)
    await running.root.ask('POST', '/api/v1/users/ann/enable')
  })

  const faults: readonly Faults[] = [
    { nonce: 'other' },
    { audience: 'other' },
    { issuer: 'https://other.example.com' },
    { foreignKey: true },
    { expired: true }
  ]
  for (const fault of faults) {
    test(`an ID token with ${JSON.stringify(fault)} is not believed`, async () => {
      provider.faults = fault
      const answer = await comeBack(await go())
      provider.faults = {}
      assert.deepEqual([answer.status, answer.body.code], [502, 'ABOX_OIDC'])
    })
  }

  for (const endless of ['/token', '/jwks', '/.well-known/openid-configuration']) {
    test(`an answer of ${endless} that does not end is read no further than 1 MiB`, async () => {
      const logged: string[] = []
      const note = (fields: object): void => void logged.push(JSON.stringify(fields))
      const log = { debug: note, info: note, warn: note, error: note }
      const own = await startManager({ raw: { oidc: { issuer: provider.issuer, clientId: 'abox', secretFile } }, log })
      const way = endless.startsWith('/.well-known') ? undefined : await go(own)
      provider.faults = { endless }
      const answer = await (way === undefined ? own.nobody.ask('GET', LOGIN) : comeBack(way, own))
      provider.faults = {}
      await own.close()
      assert.deepEqual([answer.status, answer.body.code], [502, 'ABOX_OIDC'])
      assert.match(logged.join('\n'), /found an answer of more than 1 MiB/)
    })
  }

  test('one address begins and ends few log-ins, however they come out', async () => {
    const own = await startManager({ raw: { oidc: { issuer: 'http://127.0.0.1:1' } } })
    const paths = [LOGIN, '/api/v1/oidc/callback?code=x&state=y']
    const all = paths.map((path) => Promise.all(Array.from({ length: 60 }, () => own.nobody.ask('GET', path))))
    const answers = await Promise.all(all)
    await own.close()
    for (const [index, path] of paths.entries()) {
      const limited = answers[index]?.filter(({ body }) => body.code === 'ABOX_LOGIN_LIMITED') ?? []
      assert.ok(limited.length >= 20, `${path}: ${limited.length} of 60 were refused`)
      assert.deepEqual(new Set(limited.map(({ status }) => status)), new Set([429]))
    }
  })

  test('a provider that is away costs nobody else anything', async () => {
    const away = await startManager({ raw: { oidc: { issuer: 'http://127.0.0.1:1' } } })
    const answer = await away.nobody.ask('GET', '/api/v1/oidc/login')
    assert.deepEqual([answer.status, answer.body.code], [502, 'ABOX_OIDC'])
    assert.equal((await away.root.ask('GET', '/api/v1/session')).status, 200)
    await away.close()
  })
})
