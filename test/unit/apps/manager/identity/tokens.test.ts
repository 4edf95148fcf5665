import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Grant } from '../../../../../src/apps/manager/identity/principal.ts'
import { narrowGrants, newToken, parseToken } from '../../../../../src/apps/manager/identity/tokens.ts'

const grant = (businessGroup: string, role: Grant['role'], environment: string): Grant => ({
  businessGroup,
  role,
  environment
})
const narrow = (grants: readonly Grant[], role: string, business_group: string, environment: string): Grant[] =>
  narrowGrants(grants, { role, business_group, environment })

describe('tokens', () => {
  test('a token is read back into its id and its secret, and no other text is one', () => {
    const { id, text } = newToken()
    assert.equal(parseToken(text)?.id, id)
    for (const wrong of [
      '',
      text.slice(1),
      `${text}x`,
      text.replace('abox_', 'ABOX_'),
      text.slice(0, -1),
      `${text}\n`
    ]) {
      assert.equal(parseToken(wrong), undefined)
    }
  })

  test('the lower of the two roles counts', () => {
    assert.deepEqual(narrow([grant('rank', 'admin', 'qa')], 'viewer', '*', '*'), [grant('rank', 'viewer', 'qa')])
    assert.deepEqual(narrow([grant('rank', 'viewer', 'qa')], 'admin', '*', '*'), [grant('rank', 'viewer', 'qa')])
  })

  test('only what the owner has is left, never what the token names beside it', () => {
    assert.deepEqual(narrow([grant('rank', 'admin', 'qa')], 'admin', 'fraud', '*'), [])
    assert.deepEqual(narrow([grant('rank', 'admin', 'qa')], 'admin', '*', 'prod'), [])
    assert.deepEqual(narrow([grant('rank', 'admin', 'qa')], 'admin', 'platform', '*'), [])
    assert.deepEqual(narrow([], 'admin', '*', '*'), [])
  })

  test('all environments become the one of the token, and the platform the one group', () => {
    const all = [grant('platform', 'admin', '*')]
    assert.deepEqual(narrow(all, 'operator', 'rank', 'qa'), [grant('rank', 'operator', 'qa')])
    assert.deepEqual(narrow(all, 'operator', '*', 'qa'), [grant('platform', 'operator', 'qa')])
  })
})
