import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Places } from '../../../../../src/apps/manager/bounds/places.ts'
import { managerErrors } from '../../../../../src/apps/manager/errors.ts'

const placesOf = (most: number, mostOfOne: number): Places =>
  new Places({ what: 'trials', most, mostOfOne, limited: managerErrors.ABOX_REQUESTS_LIMITED })

describe('places', () => {
  test('are counted before the work begins, and free again when it has ended in whatever way', async () => {
    const places = placesOf(2, 2)
    const { promise, reject } = Promise.withResolvers<string>()
    const good = places.hold('ann', async () => 'done')
    const bad = places.hold('bob', () => promise)
    assert.equal(places.count(), 2)
    assert.equal(await good, 'done')
    reject(new Error('x'))
    await assert.rejects(bad, /x/)
    assert.equal(places.count(), 0)
  })

  test('of one user are bounded, and others have theirs', async () => {
    const places = placesOf(10, 2)
    const { promise, resolve } = Promise.withResolvers<void>()
    const taken = ['ann', 'ann', 'bob'].map((user) => places.hold(user, () => promise))
    const refusal = { code: 'ABOX_REQUESTS_LIMITED', message: /found 2 trials of yours, expected at most 2/ }
    await assert.rejects(
      places.hold('ann', () => promise),
      refusal
    )
    resolve()
    await Promise.all(taken)
    await places.hold('ann', async () => {})
  })

  test('of all together are bounded, and then nothing begins', async () => {
    const places = placesOf(2, 2)
    const { promise, resolve } = Promise.withResolvers<void>()
    const taken = ['ann', 'bob'].map((user) => places.hold(user, () => promise))
    let begun = false
    const refused = places.hold('cem', async () => {
      begun = true
    })
    await assert.rejects(refused, { code: 'ABOX_MANAGER_BUSY' })
    assert.equal(begun, false)
    resolve()
    await Promise.all(taken)
  })
})
