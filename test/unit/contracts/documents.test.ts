import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hookChecker } from '#contracts/hook'
import { modelChecker } from '#contracts/model'
import { serviceChecker, serviceKey } from '#contracts/service'
import { AboxError } from '#core/errors'

const message = (check: () => unknown): string => {
  try {
    check()
  } catch (error) {
    assert.ok(error instanceof AboxError)
    assert.equal(error.code, 'ABOX_DOCUMENT_INVALID')
    assert.ok(!error.message.includes('\n'), 'one line')
    return error.message
  }
  return assert.fail('nothing was thrown')
}

const service = { kind: 'Service', interface: 'com.example.Rank', methods: [{ name: 'score', model: 'rank' }] }
const variant = { name: 'a', cluster: 'legacy', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }

test('a document as the design writes it is accepted', () => {
  serviceChecker.check({ ...service, version: '1.0.0', group: 'blue', generation: 3, reason: 'because' }, 'x')
  modelChecker.check({ kind: 'Model', name: 'rank', variants: [variant], split: { weights: { a: 1_000_000 } } }, 'x')
  hookChecker.check({ kind: 'Hook', name: 'h', versions: [{ digest: `sha256:${'0'.repeat(64)}`, weight: 1 }] }, 'x')
})

test('the message names source, path, what was found and what was expected', () => {
  assert.equal(
    message(() => serviceChecker.check({ ...service, methods: [{ name: 5, model: 'rank' }] }, 'routes.yaml')),
    'ABOX_DOCUMENT_INVALID: routes.yaml: methods.0.name: found 5, expected "string"'
  )
})

test('an unknown key is named, so that a misspelt one does not go unnoticed', () => {
  const text = message(() => serviceChecker.check({ ...service, methods: [{ name: 'a', modle: 'rank' }] }, 'r.yaml'))
  assert.match(text, /methods\.0: found unknown key "modle", expected only name, .*\bmodel\b/)
})

test('a missing key is named', () => {
  assert.match(
    message(() => modelChecker.check({ kind: 'Model', name: 'rank' }, 'm.yaml')),
    /"variants" is missing/
  )
})

test('an empty version is refused, because consumers compare versions as text', () => {
  assert.match(
    message(() => serviceChecker.check({ ...service, version: '' }, 's.yaml')),
    /version/
  )
})

test('a header value with a line break is refused', () => {
  const headers = { authorization: 'a\r\nx: y' }
  const model = { kind: 'Model', name: 'rank', variants: [{ ...variant, headers }] }
  assert.match(
    message(() => modelChecker.check(model, 'm.yaml')),
    /variants\.0\.headers\.authorization/
  )
})

test('an endpoint that is no origin is refused', () => {
  const model = { kind: 'Model', name: 'rank', variants: [{ ...variant, endpoints: ['ftp://x'] }] }
  assert.match(
    message(() => modelChecker.check(model, 'm.yaml')),
    /variants\.0\.endpoints\.0: found "ftp:\/\/x"/
  )
})

test('the service key is interface, version and group as the documents are named', () => {
  assert.equal(serviceKey({ interface: 'a.B' }), 'a.B')
  assert.equal(serviceKey({ interface: 'a.B', version: '1.0', group: 'g' }), 'a.B:1.0@g')
  assert.equal(serviceKey({ interface: 'a.B', group: 'g' }), 'a.B@g')
})

test('limits are checked to the last number, those of callers too', () => {
  const check = (limits: object) => () => serviceChecker.check({ ...service, limits }, 's.yaml')
  check({ ratePerSecond: 0.5, burst: 1, concurrent: 3, callers: { 'order-center': {}, '*': { concurrent: 1 } } })()
  assert.match(message(check({ ratePerSecond: 0 })), /limits\.ratePerSecond/)
  assert.match(message(check({ concurrent: 1.5 })), /limits\.concurrent/)
  assert.match(
    message(check({ callers: { a: { ratePerSeconds: 1 } } })),
    /callers\.a: found unknown key "ratePerSeconds", expected only .*\bratePerSecond\b/
  )
  assert.match(message(check({ callers: { a: 5 } })), /callers\.a: found 5/)
  assert.match(message(check({ callers: { '': {} } })), /callers/)
  assert.match(message(check({ callers: { ['x'.repeat(129)]: {} } })), /callers/)
})

test('a value of many levels where none is expected is refused, too', () => {
  const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
  assert.equal(
    message(() => modelChecker.check({ kind: 'Model', name: deep, variants: [variant] }, 'models/deep')),
    'ABOX_DOCUMENT_INVALID: models/deep: name: found a value of more levels than can be shown, expected "string"'
  )
})
