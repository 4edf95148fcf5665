import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileModel, compileService } from '../../../../src/apps/gateway/documents/compile.ts'
import { describeMissing, findRoute, type RoutingTable } from '../../../../src/apps/gateway/routing-table.ts'

const model = compileModel({
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }]
})
const service = (version: string | undefined, methods: object[]) =>
  compileService(
    {
      kind: 'Service',
      interface: 'a.B',
      ...(version === undefined ? {} : { version }),
      methods: methods as { name: string; model: string }[]
    },
    { models: new Map([['rank', model]]), hooks: new Map(), timeoutMs: 1000 }
  )
const table: RoutingTable = {
  models: new Map([['rank', model]]),
  services: new Map(
    [
      service('1.0', [
        { name: 'score', model: 'rank' },
        { name: 'over', model: 'rank', parameters: ['int'] },
        { name: 'over', model: 'rank', parameters: ['java.util.List<java.lang.Double>', 'long'] }
      ])
    ].map((entry) => [entry.key, entry])
  )
}
const query = { service: 'a.B', version: '1.0', method: 'over', parameterTypes: undefined, argumentCount: 0 }

test('a route is found by interface, version, group and method', () => {
  assert.equal(findRoute(table, { ...query, method: 'score' })?.method, 'score')
  assert.equal(findRoute(table, { ...query, method: 'score', version: undefined }), undefined)
  assert.equal(findRoute(table, { ...query, method: 'score', group: 'g' }), undefined)
})

test('overloads are told apart by the erased parameter types', () => {
  const found = findRoute(table, { ...query, parameterTypes: ['java.util.List', 'long'], argumentCount: 2 })
  assert.equal(found?.parameters?.length, 2)
  assert.equal(findRoute(table, { ...query, parameterTypes: ['long'], argumentCount: 1 }), undefined)
})

test('what is missing is told with what exists under the nearest name', () => {
  assert.match(describeMissing(table, { ...query, method: 'nope' }), /this service has score, over/)
  assert.match(describeMissing(table, { ...query, version: '2.0' }), /this interface is published as a\.B:1\.0/)
  assert.match(describeMissing(table, { ...query, service: 'x.Y' }), /published are a\.B:1\.0/)
})
