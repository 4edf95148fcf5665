import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { profilePath, readProfile, writeProfile } from '../../../../../src/apps/cli/manager/profile.ts'

const folder = await mkdtemp(join(tmpdir(), 'abox-profile-'))
after(() => rm(folder, { recursive: true }))
const environment = { XDG_CONFIG_HOME: folder }
const url = 'http://127.0.0.1:8700'

test('without a log-in a command says how to log in', async () => {
  const none = { XDG_CONFIG_HOME: join(folder, 'none') }
  await assert.rejects(readProfile({ positionals: [], options: {} }, none), { code: 'ABOX_CLI_LOGIN' })
})

test('what login has written is read again, and nobody else may read the file', async () => {
  await writeProfile(profilePath(environment), { url, token: 'abox_1_2', environment: 'qa' })
  const profile = await readProfile({ positionals: [], options: {} }, environment)
  assert.deepEqual(profile, { url, token: 'abox_1_2', environment: 'qa', tokenFrom: profilePath(environment) })
  assert.equal((await stat(profilePath(environment))).mode & 0o777, 0o600)
})

test('a stored token is not sent to another manager', async () => {
  await writeProfile(profilePath(environment), { url, token: 'abox_1_2' })
  const input = { positionals: [], options: { manager: 'http://evil.example:8700' } }
  await assert.rejects(readProfile(input, environment), {
    code: 'ABOX_CLI_LOGIN',
    message: /no token for http:\/\/evil/
  })
})

test('options and variables come before what is stored', async () => {
  await writeProfile(profilePath(environment), { url, token: 'abox_1_2', environment: 'qa' })
  const profile = await readProfile(
    { positionals: [], options: { environment: 'prod' } },
    { ...environment, ABOX_MANAGER: 'https://abox.internal/', ABOX_TOKEN: 'abox_3_4' }
  )
  assert.deepEqual(profile, {
    url: 'https://abox.internal',
    token: 'abox_3_4',
    environment: 'prod',
    tokenFrom: 'ABOX_TOKEN'
  })
})

test('a token that no header can hold is refused by where it stands and without its value', async () => {
  const input = { positionals: [], options: {} }
  await writeProfile(profilePath(environment), { url, token: 'abox_1\nabox_2' })
  for (const more of [{ ABOX_TOKEN: 'abox_3\n_4' }, { ABOX_TOKEN: 'abox_\u4e2d' }, {}]) {
    const variables = { ...environment, ABOX_MANAGER: url, ...more }
    await assert.rejects(readProfile(input, variables), ({ code, message }: Error & { code: string }) => {
      assert.equal(code, 'ABOX_CLI_LOGIN')
      assert.match(message, 'ABOX_TOKEN' in more ? /ABOX_TOKEN/ : /manager\.json/)
      assert.doesNotMatch(message, /abox_/)
      return true
    })
  }
})

test('white space around a token, as a file leaves it in a variable, is no part of it', async () => {
  const variables = { ...environment, ABOX_MANAGER: url, ABOX_TOKEN: ' abox_3_4\r\n' }
  assert.equal((await readProfile({ positionals: [], options: {} }, variables)).token, 'abox_3_4')
})

test('a log-in that is no JSON is told without what stands in it', async () => {
  await writeFile(profilePath(environment), '{"token":abox_1_2}')
  await assert.rejects(readProfile({ positionals: [], options: {} }, environment), ({ message }: Error) => {
    assert.match(message, /manager\.json: found no JSON/)
    assert.doesNotMatch(message, /abox_1/)
    return true
  })
})

test('a log-in that cannot be read is told as that, not as none, unless nothing of it is needed', async () => {
  const unreadable = { XDG_CONFIG_HOME: join(folder, 'unreadable') }
  const path = profilePath(unreadable)
  // Who runs the tests may be allowed to read every file; a folder is none.
  await mkdir(path, { recursive: true })
  const input = { positionals: [], options: {} }
  for (const more of [{}, { ABOX_MANAGER: url }, { ABOX_TOKEN: 'abox_1_2' }]) {
    await assert.rejects(
      readProfile(input, { ...unreadable, ...more }),
      ({ code, message }: Error & { code: string }) => {
        assert.equal(code, 'ABOX_CLI_LOGIN')
        assert.ok(message.includes(`${path}: cannot be read: EISDIR`), message)
        return true
      }
    )
  }
  const given = { ...unreadable, ABOX_MANAGER: url, ABOX_TOKEN: 'abox_1_2' }
  assert.equal((await readProfile(input, given)).token, 'abox_1_2')
})
