import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { createLoginLimits, type LoginLimits } from '../../../../../src/apps/manager/identity/login-limits.ts'

describe('attempts to log in', () => {
  let now = 0
  let limits: LoginLimits
  beforeEach(() => {
    now = 0
    limits = createLoginLimits({ wallMs: () => now, monotonicMs: () => now })
  })

  const attempt = (user: string | undefined, address: string, right = false): boolean => {
    try {
      limits.begin(user, address).end(right)
      return true
    } catch (error) {
      assert.match(String(error), /ABOX_LOGIN_LIMITED/)
      return false
    }
  }
  const burst = (user: string | undefined, address: (index: number) => string, count: number): number =>
    Array.from({ length: count }, (_, index) => attempt(user, address(index))).filter(Boolean).length

  test('of one user are few, from however many addresses they come', () => {
    assert.equal(
      burst('ann', (index) => `10.0.0.${index}`, 100),
      10
    )
  })

  test('from one address are few, for however many users; other addresses do not notice', () => {
    const users = Array.from({ length: 100 }, (_, index) => attempt(`user-${index}`, '10.0.0.1')).filter(Boolean)
    assert.equal(users.length, 30)
    assert.equal(attempt('ann', '10.0.0.2'), true)
  })

  test('of nobody in particular count for the address alone', () => {
    const first = burst(undefined, () => '10.0.0.1', 100)
    const others = burst(undefined, (index) => `10.0.1.${index}`, 100)
    assert.deepEqual([first, others], [30, 100])
  })

  test('that are right cost nothing', () => {
    for (let index = 0; index < 100; index++) assert.equal(attempt('ann', '10.0.0.1', true), true)
  })

  test('of a stranger do not keep out who has logged in at his address before', () => {
    attempt('ann', '10.0.0.1', true)
    burst('ann', (index) => `10.9.0.${index}`, 200)
    assert.equal(attempt('ann', '10.0.0.2'), false)
    assert.equal(attempt('ann', '10.0.0.1'), true)
  })

  test('are possible again after a while, without anybody doing anything', () => {
    burst('ann', () => '10.0.0.1', 100)
    assert.equal(attempt('ann', '10.0.0.1'), false)
    now += 5000
    assert.equal(attempt('ann', '10.0.0.1'), true)
  })

  test('from one /64 of IPv6 count as from one address', () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `2001:db8:1:2::${index.toString(16)}`)
    assert.equal(addresses.filter((address, index) => attempt(`user-${index}`, address)).length, 30)
    assert.equal(attempt('ann', '2001:db8:1:3::1'), true)
    assert.equal(attempt('ann', '2001:db8::1'), true)
  })
})
