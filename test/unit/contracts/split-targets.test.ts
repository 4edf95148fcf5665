import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Model } from '#contracts/model'
import { pointsAt } from '../../../src/contracts/split-targets.ts'

function model(split: Model['split']): Model {
  const variant = { cluster: 'own', protocol: 'raw' as const, path: '/', endpoints: ['http://10.0.0.5'] }
  const variants = [
    { ...variant, name: 'legacy' },
    { ...variant, name: 'seldon' }
  ]
  return { kind: 'Model', name: 'rank', variants, ...(split !== undefined && { split }) }
}

const weights = { legacy: 1_000_000, seldon: 0 }

test('a variant without weight that nothing else names is not pointed at', () => {
  assert.equal(pointsAt(model({ weights }), 'seldon'), undefined)
})

const pointing: [name: string, split: Model['split'], why: RegExp][] = [
  ['weight', { weights: { legacy: 999_999, seldon: 1 } }, /weights.seldon is 0.0001%/],
  ['a pin', { weights, pins: [{ caller: 'order-center', variant: 'seldon' }] }, /order-center/],
  ['the kill switch', { weights, kill: 'seldon' }, /kill/],
  ['the shadow', { weights, shadow: { variant: 'seldon', ppm: 1 } }, /shadow/]
]
for (const [name, split, why] of pointing) {
  test(`${name} keeps a variant online`, () => {
    assert.match(pointsAt(model(split), 'seldon') ?? '', why)
  })
}
