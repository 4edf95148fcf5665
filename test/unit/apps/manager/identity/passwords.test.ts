import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { describe, test } from 'node:test'
import { createPasswords } from '../../../../../src/apps/manager/identity/passwords.ts'

describe('passwords', () => {
  test('a hash says how it was made, belongs to its password alone and is another one each time', async () => {
    const passwords = createPasswords()
    const [one, other] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/)
    assert.notEqual(one, other)
    assert.equal(await passwords.verify(one, 'correct horse'), true)
    assert.equal(await passwords.verify(one, 'correct Horse'), false)
  })

  test('a hash of other costs, as of an older version, is still verified', async () => {
    const nonce = Buffer.alloc(16, 7)
    const tag = argon2Sync('argon2id', { message: 'pw', nonce, parallelism: 2, tagLength: 16, memory: 64, passes: 3 })
    const hash = `$argon2id$v=19$m=64,t=3,p=2$${nonce.toString('base64')}$${tag.toString('base64')}`
    assert.equal(await createPasswords().verify(hash, 'pw'), true)
    assert.equal(await createPasswords().verify(hash, 'other'), false)
  })

  test('without a hash, or with one that is none, nothing is right', async () => {
    const passwords = createPasswords()
    for (const hash of [undefined, '', 'plain', '$argon2id$v=19$m=64,t=3,p=1$$']) {
      assert.equal(await passwords.verify(hash, ''), false)
    }
  })

  test('a flood waits in a queue of bounded length, and the rest is told so at once', async () => {
    const passwords = createPasswords({ running: 1, waiting: 2 })
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => passwords.verify(undefined, 'x')))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected']
    )
    assert.match(String((results[5] as PromiseRejectedResult).reason), /ABOX_MANAGER_BUSY/)
    assert.equal(await passwords.verify(undefined, 'x'), false, 'places come back')
  })
})
