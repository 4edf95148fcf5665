import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DubboConnection } from '#lib/dubbo'
import { createCallerShares } from '../../../../src/apps/gateway/caller-shares.ts'

const connectionFrom = (remoteAddress: string): DubboConnection => ({ remoteAddress, remotePort: 1, closed: false })

test('connections of one application share, and an address is not taken for a name', () => {
  const shares = createCallerShares()
  const [one, two, three] = [connectionFrom('10.0.0.1'), connectionFrom('10.0.0.2'), connectionFrom('10.0.0.1')]
  assert.equal(shares.learn(one, 'shop'), shares.learn(two, 'shop'))
  assert.notEqual(shares.of(three), shares.of(one))
  assert.notEqual(shares.learn(connectionFrom('10.0.0.3'), '10.0.0.1'), shares.of(three))
})

test('callers that are not calling are forgotten beyond the bound, those that are calling never', () => {
  const shares = createCallerShares(3)
  const busy = connectionFrom('b')
  shares.enter(shares.learn(busy, 'busy'))
  const idle = connectionFrom('i')
  const before = shares.learn(idle, 'idle')
  for (let i = 0; i < 100; i++) shares.learn(connectionFrom('x'), `other-${i}`)
  assert.equal(before.forgotten, true)
  assert.equal(shares.of(busy), shares.learn(connectionFrom('c'), 'busy'), 'a new connection of it finds its calls')
  assert.equal(shares.active(), 1)
  const after = shares.of(idle)
  assert.deepEqual([after.caller, after.known, after.forgotten], ['idle', true, false])
})
