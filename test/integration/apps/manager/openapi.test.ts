import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { kinds } from '../../../../src/apps/manager/documents/kinds.ts'
import { type RunningManager, startManager } from '../../../harness/manager.ts'

describe('what the manager says of itself', () => {
  let running: RunningManager
  before(async () => {
    running = await startManager()
  })
  after(() => running.close())

  test('the OpenAPI document is 3.1 and has the schema of each kind, as its documents are checked', async () => {
    const { body } = await running.nobody.ask('GET', '/api/v1/openapi.json')
    assert.equal(body.openapi, '3.1.0')
    for (const { kind, plural, scope, schema } of kinds) {
      const path = scope === 'global' ? `/api/v1/${plural}/{key}` : `/api/v1/environments/{environment}/${plural}/{key}`
      const put = body.paths[path]?.['put'] as { requestBody: { content: Record<string, { schema: object }> } }
      assert.deepEqual(put.requestBody.content['application/json']?.schema, { $ref: `#/components/schemas/${kind}` })
      assert.deepEqual(body.components.schemas[kind], JSON.parse(JSON.stringify(schema)), plural)
    }
  })

  test('each operation says that it may end with a problem, and has a summary', async () => {
    const { paths } = (await running.nobody.ask('GET', '/api/v1/openapi.json')).body
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { summary, responses } = operation as { summary?: string; responses?: Record<string, object> }
        assert.ok((summary ?? '').length > 5, `${method} ${path}`)
        assert.match(JSON.stringify(responses?.['default']), /application\/problem\+json/, `${method} ${path}`)
      }
    }
  })

  test('each answer names its fields and what they are; only differences, what an instance says of itself and this document are open', async () => {
    const { paths } = (await running.nobody.ask('GET', '/api/v1/openapi.json')).body
    const open: string[] = []
    const isWord = (key: string): boolean => ['type', 'anyOf', 'enum', 'const', '$ref', 'oneOf'].includes(key)
    const look = (schema: unknown, where: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      if (!Object.keys(schema).some(isWord)) open.push(where)
      const {
        properties = {},
        patternProperties = {},
        items,
        anyOf = []
      } = schema as Record<string, object | undefined>
      for (const [name, part] of Object.entries(properties)) look(part, `${where}.${name}`)
      for (const part of Object.values(patternProperties)) look(part, `${where}{}`)
      for (const part of Object.values(anyOf)) look(part, where)
      look(items, `${where}[]`)
    }
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { responses } = operation as {
          responses: Record<string, { content?: Record<string, { schema?: { readonly 'x-event-data'?: object } }> }>
        }
        for (const [status, { content = {} }] of Object.entries(responses)) {
          for (const { schema } of Object.values(content)) {
            look(schema, `${method} ${path} ${status} `)
            if (schema?.['x-event-data'] !== undefined) look(schema['x-event-data'], `${path} events `)
          }
        }
      }
    }
    const strange = open.filter(
      (where) =>
        !/difference\[\]\.(before|after)$|receipts 200 \.instances\[\]\.about\{\}$|openapi\.json 200 $/.test(where)
    )
    assert.deepEqual(strange, [])
    assert.ok(open.length > strange.length)
  })

  test('a document that its reader has already is told so by 304, and the OpenAPI document says it of each kind', async () => {
    const headers = { 'if-none-match': '"1"' }
    const { status, text } = await running.root.ask('GET', '/api/v1/groups/platform', { headers })
    assert.deepEqual([status, text], [304, ''])
    const { paths } = (await running.nobody.ask('GET', '/api/v1/openapi.json')).body
    for (const { plural, scope } of kinds) {
      const path = scope === 'global' ? `/api/v1/${plural}/{key}` : `/api/v1/environments/{environment}/${plural}/{key}`
      const { parameters, responses } = (paths[path]?.['get'] ?? {}) as {
        parameters?: readonly { readonly in: string; readonly name: string }[]
        responses?: Readonly<Record<string, object>>
      }
      const nothingNew = responses?.['304']
      assert.ok(nothingNew !== undefined && !('content' in nothingNew), path)
      const known = parameters?.find((one) => one.in === 'header' && one.name === 'if-none-match')
      assert.ok(known !== undefined, path)
    }
  })

  test('says that it lives and is ready to everybody, and what it has counted to users', async () => {
    assert.equal((await running.nobody.ask('GET', '/healthz')).status, 200)
    assert.equal((await running.nobody.ask('GET', '/readyz')).status, 200)
    assert.equal((await running.nobody.ask('GET', '/metrics')).status, 401)
    const { text } = await running.root.ask('GET', '/metrics')
    assert.match(text, /abox_manager_requests_total\{route="\/api\/v1\/session",method="POST",status="200"\} 1/)
  })

  test('answers carry an id, are not stored, and are no pages', async () => {
    const { headers } = await running.root.ask('GET', '/api/v1/environments', { headers: { 'x-request-id': 'r-1' } })
    assert.equal(headers.get('x-request-id'), 'r-1')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  })

  test('an id that a caller gives his request stands in the audit, unless it is too long or of other characters', async () => {
    const ids = ['r-1', 'A.b_c-9', 'x'.repeat(64), 'a b', 'x'.repeat(65), '<b>', 'a\tb', 'é']
    for (const [index, id] of ids.entries()) {
      const ask = { body: { name: `user${index}` }, headers: { 'x-request-id': id } }
      const made = await running.root.ask('POST', '/api/v1/users', ask)
      assert.equal(made.status, 201, made.text)
      const [line] = (await running.root.ask('GET', `/api/v1/audit?kind=User&key=user${index}`)).body.items
      const { request } = line as unknown as { request: string }
      assert.equal(made.headers.get('x-request-id'), request)
      if (index < 3) assert.equal(request, id)
      else assert.match(request, /^[0-9a-f-]{36}$/, id)
    }
  })
})
