import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Model, modelChecker } from '#contracts/model'
import { checkEndpointRules, checkModelRules } from '#contracts/model-rules'

const variant = { name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }
/** As both sides take it: by its schema, then by its rules. */
function check(more: object): Model {
  const model = modelChecker.check({ kind: 'Model', name: 'rank', variants: [{ ...variant, ...more }] }, 'models/rank')
  checkModelRules(model, 'model rank')
  return model
}

for (const name of [
  'Host',
  'connection',
  'Transfer-Encoding',
  'CONTENT-LENGTH',
  'expect',
  'upgrade',
  'TE',
  'trailer'
]) {
  test(`a model may not set the header ${name}, which is written by the gateway, nor may an endpoint`, () => {
    const refused = { code: 'ABOX_DOCUMENT_INVALID', message: /: headers: found ".+", which is written by the gateway/ }
    assert.throws(() => check({ headers: { [name]: 'x' } }), refused)
    const endpoint = { kind: 'Endpoint', name: 'e', businessGroup: 'g', origin: 'https://a' } as const
    assert.throws(
      () => checkEndpointRules({ ...endpoint, headers: { [name]: { secret: 's' } } }, 'Endpoint e'),
      refused
    )
  })
}

const unsendable: readonly (readonly [string, object])[] = [
  ['a header of letters that no byte has', { headers: { 'x-a': '漢字' } }],
  ['a header with a control character', { headers: { 'x-a': '\u0001' } }],
  ['a header with DEL', { headers: { 'x-a': '\u007f' } }],
  ['a path with a control character', { path: '/a\u0001' }],
  ['a path with letters that are not percent-encoded', { path: '/模' }],
  ['a health path with DEL', { health: '/\u007f' }],
  ['a Host of several ports', { host: 'a:b:c..' }],
  ['a Host with an empty label', { host: 'a..b' }],
  ['an origin with a backslash', { endpoints: ['http://a\\b'] }],
  ['an origin with a port that does not exist', { endpoints: ['http://a:65536'] }]
]
for (const [what, more] of unsendable) {
  test(`${what} is refused: it cannot be sent`, () => {
    assert.throws(() => check(more), { code: 'ABOX_DOCUMENT_INVALID' })
  })
}

test('what can be sent is accepted', () => {
  check({
    headers: { 'x-a': '\t é~', 'x-b': '' },
    path: '/v1/models/a%20b:predict?x=[1]',
    health: '/',
    host: 'a_b.c-d.:80'
  })
  check({ endpoints: ['http://[::1]:80', 'https://models.example.com'], host: '10.0.0.5:8501' })
})
