import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_KEPT, nameAt } from '../../../../src/lib/hessian2/name-cache.ts'

/** The name, read from the middle of other bytes. */
function read(name: string): string | undefined {
  const bytes = Buffer.from(`··${name}${'·'.repeat(20)}`)
  return nameAt(bytes, 4, Buffer.byteLength(name))
}

describe('nameAt', () => {
  it('gives each of many names that share the same places, time and again', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `name${i}`)
    for (let round = 0; round < 3; round++) for (const name of names) assert.equal(read(name), name)
  })

  it('tells a name from one that begins with it', () => {
    const longest = 'abcdefghijklmnopqrstuvwxyz'.slice(0, MAX_KEPT)
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i <= MAX_KEPT; i++) assert.equal(read(longest.slice(0, i)), longest.slice(0, i))
    }
  })

  it('keeps what it gave when another buffer held it', () => {
    const bytes = Buffer.from(`price${'.'.repeat(40)}`)
    assert.equal(nameAt(bytes, 0, 5), 'price')
    bytes.write('wrong')
    assert.equal(nameAt(bytes, 0, 5), 'wrong')
    assert.equal(read('price'), 'price')
  })

  it('does not know names that are not ASCII', () => {
    assert.equal(read('城市'), undefined)
    assert.equal(read('naïve'), undefined)
  })
})
