import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawConfig } from '#core/config'
import { type GatewayConfig, resolveGatewayConfig } from '../../../../../src/apps/gateway/config.ts'
import { checkReload, onlyScales } from '../../../../../src/apps/gateway/supervisor/reload.ts'

const config = (keys: RawConfig): GatewayConfig =>
  resolveGatewayConfig({
    raw: { documents: { kind: 'file', path: 'd' }, name: 'gw', ...keys },
    source: 't',
    folder: '/t'
  })

test('a port of the supervisor itself cannot change', () => {
  assert.throws(() => checkReload(config({}), config({ admin: { port: 1 } })), {
    code: 'ABOX_RELOAD',
    message: 'ABOX_RELOAD: admin: found {"port":1}, expected {"port":9465}, as at the start'
  })
})

test('Dubbo ports may stay or move clear of the old range, never overlap it', () => {
  const at = (port: number): GatewayConfig => config({ instances: 2, dubbo: { port } })
  for (const port of [20_880, 20_883, 20_877, 0]) assert.doesNotThrow(() => checkReload(at(20_880), at(port)))
  for (const port of [20_881, 20_882, 20_878, 20_879])
    assert.throws(() => checkReload(at(20_880), at(port)), { code: 'ABOX_RELOAD' })
})

test('another number of instances leaves those that run only where it does not decide about their memory', () => {
  const own = { limits: { memoryMb: 600 } }
  assert.equal(onlyScales(config({ instances: 2, ...own }), config({ instances: 3, ...own })), true)
  assert.equal(onlyScales(config({ instances: 2 }), config({ instances: 3 })), false)
  assert.equal(
    onlyScales(config({ instances: 2, ...own }), config({ instances: 3, ...own, log: { level: 'debug' } })),
    false
  )
  assert.equal(onlyScales(config({ instances: 2, ...own }), config({ instances: 2, ...own })), false)
})
