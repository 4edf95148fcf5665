import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Grant, groupsOf, hasRole, lowerRole } from '../../../../../src/apps/manager/identity/principal.ts'
import type { Role } from '../../../../../src/contracts/business-group.ts'

const ROLES: readonly Role[] = ['viewer', 'engineer', 'operator', 'admin']
const actor = { name: 'alice', by: 'session', address: '', request: '' }
const withGrants = (...grants: [businessGroup: string, role: Role, environment: string][]) => ({
  actor,
  grants: grants.map(([businessGroup, role, environment]): Grant => ({ businessGroup, role, environment }))
})

describe('principal', () => {
  test('a role holds in its group and environment and nowhere else', () => {
    for (const has of ROLES) {
      for (const least of ROLES) {
        const enough = ROLES.indexOf(has) >= ROLES.indexOf(least)
        const own = withGrants(['rank', has, 'qa'])
        assert.equal(hasRole(own, least, 'rank', 'qa'), enough)
        for (const [group, scope] of [
          ['rank', 'prod'],
          ['fraud', 'qa'],
          ['', 'qa'],
          ['platform', 'qa'],
          ['rank', '*']
        ] as const) {
          assert.equal(hasRole(own, least, group, scope), false, `${group} ${scope}`)
        }
        // What belongs to no environment is read by those of any, and changed by those of all.
        assert.equal(hasRole(own, least, 'rank', ''), least === 'viewer')
        assert.equal(hasRole(withGrants(['rank', has, '*']), least, 'rank', ''), enough)
      }
    }
  })

  test('a role of the platform holds for every group, and for what belongs to none', () => {
    const platform = withGrants(['platform', 'operator', 'qa'])
    for (const group of ['', 'rank', 'platform']) {
      assert.equal(hasRole(platform, 'operator', group, 'qa'), true)
      assert.equal(hasRole(platform, 'admin', group, 'qa'), false)
      assert.equal(hasRole(platform, 'viewer', group, 'prod'), false)
    }
  })

  test('a low role in one group and a high one in another do not add up', () => {
    const mixed = withGrants(['rank', 'viewer', '*'], ['fraud', 'admin', 'qa'])
    assert.equal(hasRole(mixed, 'engineer', 'rank', 'qa'), false)
    assert.equal(hasRole(mixed, 'admin', 'fraud', 'prod'), false)
    assert.deepEqual(groupsOf(mixed, 'viewer', 'qa'), ['rank', 'fraud'])
    assert.deepEqual(groupsOf(mixed, 'admin', 'qa'), ['fraud'])
    assert.deepEqual(groupsOf(mixed, 'admin', 'prod'), [])
  })

  test('a member of the platform has all groups, where his role counts', () => {
    const one = withGrants(['platform', 'viewer', 'qa'], ['rank', 'engineer', '*'])
    assert.equal(groupsOf(one, 'viewer', 'qa'), undefined)
    assert.deepEqual(groupsOf(one, 'viewer', 'prod'), ['rank'])
    assert.deepEqual(groupsOf(one, 'engineer', 'qa'), ['rank'])
  })

  test('the lower of two roles is the same from both sides', () => {
    for (const [index, one] of ROLES.entries()) {
      for (const [place, other] of ROLES.entries()) {
        assert.equal(lowerRole(one, other), ROLES[Math.min(index, place)])
      }
    }
  })
})
