import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { composeManager, type Manager } from '../../../../../src/apps/manager/compose.ts'
import { resolveManagerConfig } from '../../../../../src/apps/manager/config.ts'
import { silentLogger } from '../../../../../src/core/logger.ts'
import { runAboxWith } from '../../../../harness/abox-command.ts'
import { type CliPerson, cliPerson, cliStranger } from '../../../../harness/cli-person.ts'
import { PASSWORD } from '../../../../harness/manager.ts'

describe('who somebody is, on the command line', () => {
  let folder = ''
  let manager: Manager
  let ann: CliPerson

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-log-in-'))
    const raw = { http: { port: 0 }, database: { url: 'sqlite:manager.db' } }
    manager = await composeManager({ config: resolveManagerConfig({ raw, source: 'test', folder }), log: silentLogger })
    ann = await cliStranger()
    const given = `${manager.setupToken ?? ''}\n${PASSWORD}\n`
    const { code, err } = await ann.runWith(given, 'login', manager.url, '--setup', '--user', 'ann')
    assert.equal(code, 0, err)
  })
  after(async () => {
    await ann?.close()
    await manager?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('the first user is made by the one-time token, once', async () => {
    assert.match(await ann.ok('get', 'groups', '-o', 'yaml'), /name: platform\n {2}members:\n {4}- user: ann/)
    const other = await cliStranger()
    const given = `${manager.setupToken ?? ''}\n${PASSWORD}\n`
    const { code, err } = await other.runWith(given, 'login', manager.url, '--setup', '--user', 'eve')
    assert.equal(code, 1)
    assert.match(err, /ABOX_/)
    await other.refused('ABOX_CLI_LOGIN', 'get', 'groups')
    await other.close()
  })

  test('users are made, listed, disabled and enabled; a password comes by standard input and is never said', async () => {
    const made = await ann.runWith(`${PASSWORD}\n`, 'user', 'create', 'ben', '--title', 'Ben')
    assert.deepEqual([made.code, made.err], [0, ''])
    const short = await ann.runWith('short-pass\n', 'user', 'create', 'eve')
    assert.equal(short.code, 2)
    assert.doesNotMatch(short.out + short.err, /short-pass/)
    assert.match(await ann.ok('user', 'list'), /ben {3}Ben {4}enabled/)
    const ben = await cliPerson(manager.url, 'ben', 'prod')
    await ann.ok('user', 'disable', 'ben')
    await ben.refused('ABOX_UNAUTHENTICATED', 'get', 'groups')
    await ann.ok('user', 'enable', 'ben')
    // His tokens are gone for good.
    await ben.refused('ABOX_UNAUTHENTICATED', 'get', 'groups')
    assert.equal((await ben.runWith(`${PASSWORD}\n`, 'login', manager.url, '--user', 'ben')).code, 0)
    await ben.ok('get', 'groups')
    await ben.refused('ABOX_FORBIDDEN', 'user', 'list')
    await ben.close()
  })

  test('who knows his password changes it, and an admin that of somebody else', async () => {
    await ann.runWith(`${PASSWORD}\n`, 'user', 'create', 'cid')
    const cid = await cliPerson(manager.url, 'cid', 'prod')
    const wrong = await cid.runWith(`not this one\n${PASSWORD} 2\n`, 'user', 'password', 'cid')
    assert.match(wrong.err, /ABOX_UNAUTHENTICATED/)
    const right = await cid.runWith(`${PASSWORD}\n${PASSWORD} 2\n`, 'user', 'password', 'cid')
    assert.equal(right.code, 0, right.err)
    const login = (password: string) => cid.runWith(`${password}\n`, 'login', manager.url, '--user', 'cid')
    assert.equal((await login(PASSWORD)).code, 1)
    assert.equal((await login(`${PASSWORD} 2`)).code, 0)
    assert.match(
      (await ann.runWith(`not hers\n${PASSWORD} 3\n`, 'user', 'password', 'cid')).err,
      /ABOX_UNAUTHENTICATED/
    )
    assert.equal((await ann.runWith(`${PASSWORD}\n${PASSWORD} 3\n`, 'user', 'password', 'cid')).code, 0)
    assert.equal((await login(`${PASSWORD} 3`)).code, 0)
    await cid.close()
  })

  test('who the admins are is changed by a log-in for the group platform alone', async () => {
    const edited = (await ann.ok('get', 'groups', 'platform', '-o', 'yaml')).replace(
      'members:',
      'title: ours\nmembers:'
    )
    const apply = (person: CliPerson) => person.runWith(edited, 'apply', '-f', '-', '--reason', 'a title')
    assert.match((await apply(ann)).err, /ABOX_FORBIDDEN: .*`abox login --group platform`/)
    const other = await cliStranger()
    const login = await other.runWith(`${PASSWORD}\n`, 'login', manager.url, '--user', 'ann', '--group', 'platform')
    assert.equal(login.code, 0, login.err)
    const applied = await apply(other)
    assert.equal(applied.code, 0, applied.err)
    await other.close()
  })

  test('a token that was made may do less, is listed, and ends when it is revoked', async () => {
    const made = await ann.runWith(`${PASSWORD}\n`, 'token', 'create', 'a job', '--role', 'viewer', '--days', '1')
    assert.equal(made.code, 0, made.err)
    const environment = { ABOX_MANAGER: manager.url, ABOX_TOKEN: made.out.trim(), XDG_CONFIG_HOME: folder }
    const job = (...args: string[]) => runAboxWith({ environment }, ...args)
    assert.equal((await job('get', 'groups')).code, 0)
    assert.match((await job('user', 'disable', 'ben')).err, /ABOX_FORBIDDEN/)
    const tokens = JSON.parse(await ann.ok('token', 'list', '-o', 'json')) as { id: string; title: string }[]
    const { id = '' } = tokens.find(({ title }) => title === 'a job') ?? {}
    await ann.ok('token', 'revoke', id)
    assert.match((await job('get', 'groups')).err, /ABOX_UNAUTHENTICATED/)
    assert.match(await ann.ok('token', 'list'), /a job +viewer +\* +\* +revoked/)
  })

  test('changes of users and tokens answer as --output says, and do nothing where they do not know that', async () => {
    const given = `${PASSWORD}\n`
    const refused = await ann.runWith(given, 'user', 'create', 'dan', '-o', 'xml')
    assert.match(refused.err, /ABOX_CLI_USAGE: --output: found "xml", expected table, json or yaml/)
    assert.doesNotMatch(await ann.ok('user', 'list'), /dan/)
    const json = async <T>(...args: string[]): Promise<T> => {
      const { code, out, err } = await ann.runWith(given, ...args, '-o', 'json')
      assert.equal(code, 0, err)
      return JSON.parse(out) as T
    }
    type User = { readonly name: string; readonly disabled: boolean }
    const stateOf = ({ name, disabled }: User): unknown[] => [name, disabled]
    assert.deepEqual(stateOf(await json<User>('user', 'create', 'dan')), ['dan', false])
    assert.deepEqual(stateOf(await json<User>('user', 'disable', 'dan')), ['dan', true])
    assert.deepEqual(stateOf(await json<User>('user', 'enable', 'dan')), ['dan', false])
    const changed = await ann.runWith(`${given}${PASSWORD} 2\n`, 'user', 'password', 'dan', '-o', 'json')
    assert.deepEqual(JSON.parse(changed.out), { name: 'dan', password: 'changed' })
    const made = await json<{ id: string; title: string; token: string }>('token', 'create', 'another job')
    assert.equal(made.title, 'another job')
    assert.match(made.token, /^abox_/)
    const wrong = await ann.runWith(given, 'token', 'create', 'a third job', '-o', 'text')
    assert.match(wrong.err, /ABOX_CLI_USAGE/)
    await ann.refused('ABOX_CLI_USAGE', 'token', 'revoke', made.id, '-o', 'text')
    assert.equal(await ann.ok('token', 'revoke', made.id, '-o', 'yaml'), `id: ${made.id}\nrevoked: true\n`)
    assert.doesNotMatch(await ann.ok('token', 'list'), /a third job/)
  })

  test('doctor finds what is missing first, and exits with 1', async () => {
    const { code, out } = await ann.run('doctor')
    assert.equal(code, 1)
    assert.match(out, /manager +ok/)
    assert.match(out, /log-in +ok +ann by token/)
    assert.match(out, /environments +NOT OK +none that you see/)
    const { ok, findings } = JSON.parse((await ann.run('doctor', '-o', 'json')).out) as {
      ok: boolean
      findings: { what: string; ok: boolean }[]
    }
    assert.deepEqual([ok, findings.find((one) => !one.ok)?.what], [false, 'environments'])
  })

  test('doctor says that nothing listens at the address of the manager', async () => {
    const environment = { ABOX_MANAGER: 'http://127.0.0.1:9', ABOX_TOKEN: 'abox_x_y', XDG_CONFIG_HOME: folder }
    const { code, out } = await runAboxWith({ environment }, 'doctor')
    assert.equal(code, 1)
    assert.match(out, /^manager +NOT OK +ABOX_CLI_MANAGER: /m)
    assert.doesNotMatch(out, /log-in/)
  })

  test('the token is kept in a file and not printed, and logging out revokes and forgets it', async () => {
    const person = await cliStranger()
    const { out } = await person.runWith(`${PASSWORD}\n`, 'login', manager.url, '--user', 'ann')
    const path = /token is in (\S+)/.exec(out)?.[1] ?? ''
    const { token } = JSON.parse(await readFile(path, 'utf8')) as { token: string }
    assert.ok(token.startsWith('abox_') && !out.includes(token))
    await person.ok('logout')
    await assert.rejects(readFile(path))
    const environment = { ABOX_MANAGER: manager.url, ABOX_TOKEN: token, XDG_CONFIG_HOME: folder }
    assert.match((await runAboxWith({ environment }, 'get', 'groups')).err, /ABOX_UNAUTHENTICATED/)
    await person.close()
  })
})
