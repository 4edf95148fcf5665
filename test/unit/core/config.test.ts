import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overlayConfig } from '#core/config'
import { AboxError } from '#core/errors'

const known = ['instances', 'dubbo.port', 'dubbo.payloadBytes']

test('the environment overrides the file, and --set overrides the environment', () => {
  const file = { dubbo: { port: 1, host: 'x' } }
  const result = overlayConfig(file, { ABOX_DUBBO_PORT: '2', ABOX_INSTANCES: '4' }, ['dubbo.port=3'], known)
  assert.deepEqual(result, { dubbo: { port: 3, host: 'x' }, instances: 4 })
  assert.deepEqual(file, { dubbo: { port: 1, host: 'x' } }, 'the tree that was given stays as it is')
})

test('a key in camel case is written with underscores in the environment', () => {
  assert.deepEqual(overlayConfig({}, { ABOX_DUBBO_PAYLOAD_BYTES: '9000' }, [], known), {
    dubbo: { payloadBytes: 9000 }
  })
})

test('numbers, booleans and null are read as such, everything else stays text', () => {
  const result = overlayConfig({}, {}, ['a=1.5', 'b=true', 'c=null', 'd=1a', 'e=', 'f=x=y'], known)
  assert.deepEqual(result, { a: 1.5, b: true, c: null, d: '1a', e: '', f: 'x=y' })
})

test('a --set without key or value is refused with what was found', () => {
  assert.throws(
    () => overlayConfig({}, {}, ['nonsense'], known),
    (error) =>
      error instanceof AboxError && error.code === 'ABOX_CONFIG_INVALID' && error.message.includes('"nonsense"')
  )
})

test('a key named __proto__ is refused and changes no prototype', () => {
  assert.throws(() => overlayConfig({}, {}, ['__proto__.polluted=1'], known), AboxError)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
