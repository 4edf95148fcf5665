import assert from 'node:assert/strict'
import { relative } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import type { RawConfig } from '#core/config'
import { GatewayFile, resolveGatewayConfig } from '../../../src/apps/gateway/config.ts'
import { codesOf, readText, repositoryPath, tablesOf } from './markdown.ts'

const PAGE = 'docs/config.md'

describe('docs/config.md', () => {
  test('lists the keys of the schema, in its order', () => {
    assert.deepEqual([...documented().keys()], keysOf(GatewayFile))
  })

  test('states the defaults that an almost empty file gets', () => {
    const files = [
      { documents: { kind: 'file', path: 'd.yaml' } },
      {
        documents: { kind: 'file', path: 'd.yaml' },
        registry: { kind: 'zookeeper', address: 'zk:2181' },
        records: { kind: 'kafka', brokers: ['kafka:9092'] }
      }
    ]
    const folder = repositoryPath('config')
    const resolved = files.map((raw) => resolveGatewayConfig({ raw, source: 'test', folder }) as unknown as RawConfig)
    for (const [key, cell] of documented()) {
      const stated = /^`(.*)`$/.exec(cell)?.[1]
      if (stated === undefined) continue
      const found = resolved.map((config) => print(valueAt(config, key), folder)).filter((text) => text !== undefined)
      assert.ok(
        found.includes(stated) || (found.length === 0 && stated === 'none'),
        `${key}: ${stated} is not ${found.join(' or ')}`
      )
    }
  })

  test('config/gateway.yaml loads as it is', () => {
    assert.doesNotThrow(() => loadSample())
  })

  test('config/gateway.yaml shows every key, as a line or by name in a comment', () => {
    const sections = new Map(
      readText('config/gateway.yaml')
        .split(/^(?=(?:# )?\w+:)/m)
        .map((text) => [/\w+/.exec(text)?.[0], text])
    )
    const missing = keysOf(GatewayFile).filter((key) => {
      const [section = '', name = section] = key.split('.')
      return !new RegExp(`\\b${name}\\b`).test(sections.get(section) ?? '')
    })
    assert.deepEqual(missing, [])
  })

  test('config/gateway.yaml changes nothing but what it says is an example', () => {
    const { documents } = loadSample()
    assert.equal(documents.kind, 'file')
    const sample = { ...loadSample(), documents: undefined }
    const raw = { documents: { kind: 'file', path: 'd.yaml' } }
    const folder = repositoryPath('config')
    assert.deepEqual(sample, { ...resolveGatewayConfig({ raw, source: 'test', folder }), documents: undefined })
  })
})

const loadSample = (): ReturnType<typeof resolveGatewayConfig> =>
  resolveGatewayConfig({
    raw: parse(readText('config/gateway.yaml')) as RawConfig,
    source: 'config/gateway.yaml',
    folder: repositoryPath('config')
  })

/** Default of every documented key. */
function documented(): Map<string, string> {
  const keys = new Map<string, string>()
  for (const { heads, rows } of tablesOf(readText(PAGE))) {
    if (heads[0] !== 'key' || heads[1] !== 'default') continue
    for (const [key = '', byDefault = ''] of rows) keys.set(codesOf(key)[0] ?? key, byDefault)
  }
  return keys
}

function keysOf(schema: unknown, prefix = ''): string[] {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, object>> }
  return Object.entries(properties).flatMap(([name, inner]) =>
    'properties' in inner ? keysOf(inner, `${prefix}${name}.`) : [prefix + name]
  )
}

function valueAt(config: RawConfig, key: string): unknown {
  let at: unknown = config
  for (const name of key.split('.')) at = (at as RawConfig | undefined)?.[name]
  return at
}

/** As the page writes it; a path from the folder of the file. */
function print(value: unknown, folder: string): string | undefined {
  if (value === undefined) return undefined
  const text = String(value)
  return text.startsWith(folder) ? relative(folder, text) : text
}
