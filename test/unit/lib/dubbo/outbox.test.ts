import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { Outbox } from '../../../../src/lib/dubbo/outbox.ts'

/** What an outbox does with its socket, as words. */
function fakeSocket(writable = true) {
  const steps: string[] = []
  const socket = {
    writable,
    writableLength: 0,
    write: (bytes: Buffer) => steps.push(`write ${bytes.length}`),
    cork: () => steps.push('cork'),
    uncork: () => steps.push('uncork')
  }
  return { outbox: new Outbox(socket as unknown as Socket), steps }
}

describe('the outbox', () => {
  it('writes all small frames of a turn at once', () => {
    const { outbox, steps } = fakeSocket()
    for (let i = 0; i < 64; i++) outbox.push(Buffer.alloc(100))
    assert.equal(outbox.pendingBytes, 6400)
    assert.equal(outbox.flush(), 0)
    assert.deepEqual(steps, ['write 6400'])
    assert.equal(outbox.pendingBytes, 0)
    assert.equal(outbox.isEmpty, true)
  })

  it('keeps frames in their order when it copies them together', () => {
    const written: Buffer[] = []
    const socket = { writable: true, writableLength: 0, write: (bytes: Buffer) => written.push(bytes) }
    const outbox = new Outbox(socket as unknown as Socket)
    for (const text of ['a', 'bc', 'd']) outbox.push(Buffer.from(text))
    outbox.flush()
    assert.equal(Buffer.concat(written).toString(), 'abcd')
  })

  it('does not copy large frames', () => {
    const { outbox, steps } = fakeSocket()
    outbox.push(Buffer.alloc(10_000))
    outbox.push(Buffer.alloc(20_000))
    outbox.flush()
    assert.deepEqual(steps, ['cork', 'write 10000', 'write 20000', 'uncork'])
  })

  it('drops what a closed socket cannot take, and says how much', () => {
    const { outbox, steps } = fakeSocket(false)
    outbox.push(Buffer.alloc(1))
    outbox.push(Buffer.alloc(1))
    assert.equal(outbox.flush(), 2)
    assert.deepEqual(steps, [])
    assert.equal(outbox.flush(), 0)
  })
})
