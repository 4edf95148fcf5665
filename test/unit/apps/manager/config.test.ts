import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { ManagerFile, resolveManagerConfig } from '../../../../src/apps/manager/config.ts'
import { configKeys } from '../../../../src/lib/config-file/index.ts'
import { codesOf, readText, tablesOf } from '../../docs/markdown.ts'

const resolved = (raw: object, environment = {}, sets: string[] = []) =>
  resolveManagerConfig({ raw: { ...raw }, source: 'm.yaml', folder: '/etc/abox', environment, sets })

describe('manager.yaml', () => {
  test('an empty file is a manager on this machine with a database file beside it', () => {
    assert.deepEqual(resolved({}), {
      http: { host: '127.0.0.1', port: 8700, url: undefined, proxies: [] },
      database: { url: 'sqlite:/etc/abox/state/manager.db', passwordFile: undefined },
      oidc: undefined,
      outbound: {
        secretsDir: undefined,
        internal: { allow: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'] },
        thirdParty: { schemes: ['https:'], ports: [443], allow: [] },
        healthMs: 15_000
      },
      publish: { secretsDir: undefined, sessionTimeoutMs: 10_000, laggardMs: 10_000 },
      log: { level: 'info' }
    })
  })

  test('config/manager.yaml changes nothing', () => {
    assert.deepEqual(resolved(parse(readText('config/manager.yaml')) as object), resolved({}))
  })

  test('config/manager.yaml shows every key', () => {
    const text = readText('config/manager.yaml')
    const missing = configKeys(ManagerFile).filter((key) => !new RegExp(`\\b${key.split('.').at(-1)}:`).test(text))
    assert.deepEqual(missing, [])
  })

  test('docs/manager.md lists the keys of the schema, in its order', () => {
    const listed = tablesOf(readText('docs/manager.md'))
      .filter(({ heads }) => heads[0] === 'key')
      .flatMap(({ rows }) => rows.map(([key = '']) => codesOf(key)[0]))
    assert.deepEqual(listed, configKeys(ManagerFile))
  })

  test('third parties are limited by scheme and port, also from the environment', () => {
    const { outbound } = resolved({}, { ABOX_OUTBOUND_THIRD_PARTY_PORTS: '443,8443' })
    assert.deepEqual(outbound.thirdParty.ports, [443, 8443])
    assert.throws(() => resolved({ outbound: { thirdPartySchemes: ['ftp:'] } }), /thirdPartySchemes: found "ftp:"/)
    assert.throws(() => resolved({ outbound: { thirdPartyPorts: 'x' } }), /thirdPartyPorts/)
  })

  test('environment and --set lie over the file', () => {
    const { http } = resolved({ http: { port: 1 } }, { ABOX_HTTP_PORT: '2', ABOX_HTTP_PROXIES: '10.0.0.0/8,::1' }, [
      'http.host=::'
    ])
    assert.deepEqual(http, { host: '::', port: 2, url: undefined, proxies: ['10.0.0.0/8', '::1'] })
  })

  test('PostgreSQL and the database in memory keep their addresses', () => {
    for (const url of ['postgres://abox@db:5432/abox', 'sqlite::memory:', 'sqlite:/var/lib/a.db']) {
      assert.equal(resolved({ database: { url } }).database.url, url)
    }
  })

  test('what is unknown or of the wrong form is refused with one line', () => {
    for (const raw of [
      { htp: {} },
      { http: { port: 'x' } },
      { http: { url: 'https://a/b' } },
      { oidc: { issuer: 'x' } }
    ]) {
      assert.throws(() => resolved(raw), /^AboxError: ABOX_CONFIG_INVALID: m\.yaml: [^\n]+$/)
    }
  })
})
