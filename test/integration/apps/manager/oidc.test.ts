import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { clientOf, type RunningManager, startManager } from '../../../harness/manager.ts'
import { type Faults, startProvider, type TestProvider } from '../../../harness/oidc-provider.ts'

describe('logging in by an identity provider', () => {
  let provider: TestProvider
  let running: RunningManager
  let folder = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-oidc-'))
    await writeFile(join(folder, 'secret'), 's3cret\n')
    provider = await startProvider()
    const oidc = { issuer: provider.issuer, clientId: 'abox', secretFile: join(folder, 'secret') }
    running = await startManager({ raw: { oidc } })
    const body = { name: 'ann', oidc: `${provider.issuer} subject-1` }
    assert.equal((await running.root.ask('POST', '/api/v1/users', { body })).status, 201)
  })
  after(async () => {
    await running.close()
    await provider.close()
    await rm(folder, { recursive: true })
  })

  interface Way {
    /** Cookie that remembers the log-in in the browser. */
    readonly cookie: string
    /** Path and query by which the provider sends the browser back. */
    readonly back: string
  }

  /** To the provider, as a browser goes, and to the door of the way back. */
  async function go(): Promise<Way> {
    const away = await running.nobody.ask('GET', '/api/v1/oidc/login')
    assert.equal(away.status, 302)
    const cookie = away.headers.getSetCookie()[0] ?? ''
    assert.match(cookie, /HttpOnly; SameSite=Lax/)
    const response = await fetch(away.headers.get('location') ?? '', { redirect: 'manual' })
    const location = new URL(response.headers.get('location') ?? '')
    return { cookie: cookie.split(';')[0] ?? '', back: location.pathname + location.search }
  }

  const comeBack = ({ cookie, back }: Way) => running.nobody.ask('GET', back, { headers: { cookie } })

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

  test('a provider that is away costs nobody else anything', async () => {
    const away = await startManager({ raw: { oidc: { issuer: 'http://127.0.0.1:1' } } })
    const answer = await away.nobody.ask('GET', '/api/v1/oidc/login')
    assert.deepEqual([answer.status, answer.body.code], [502, 'ABOX_OIDC'])
    assert.equal((await away.root.ask('GET', '/api/v1/session')).status, 200)
    await away.close()
  })
})
