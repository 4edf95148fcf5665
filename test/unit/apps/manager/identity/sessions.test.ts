import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSessionCookie, readCookie } from '../../../../../src/apps/manager/identity/sessions.ts'

describe('the cookie of a session', () => {
  test('is bound to the host and to https where people come by https', () => {
    const cookie = createSessionCookie(true)
    assert.equal(cookie.name, '__Host-abox')
    assert.match(cookie.set('s'), /^__Host-abox=s; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=43200$/)
    assert.match(cookie.clear(), /^__Host-abox=; .*Max-Age=0$/)
  })

  test('has a name that browsers take without https otherwise', () => {
    assert.match(createSessionCookie(false).set('s'), /^abox=s; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
  })

  test('is found among others by its whole name', () => {
    assert.equal(readCookie('a=1; abox=2;b=3', 'abox'), '2')
    assert.equal(readCookie('xabox=1; aboxx=2', 'abox'), undefined)
    assert.equal(readCookie('abox', 'abox'), undefined)
    assert.equal(readCookie('abox=', 'abox'), '')
    assert.equal(readCookie(undefined, 'abox'), undefined)
  })
})
