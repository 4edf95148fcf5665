import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
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
