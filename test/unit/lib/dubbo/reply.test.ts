import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { exceptionResult, nullResult, statusResult } from '#lib/dubbo'
import { decodeReply } from '../../../../src/lib/dubbo/reply.ts'
import { bytesOf, goldenFrames } from './golden.ts'

const ID = Buffer.alloc(8)
const RESPONSES = ['response-java27', 'response-java33'].flatMap(goldenFrames)

describe('replies of a provider', () => {
  for (const golden of RESPONSES) {
    it(`${golden.name} is understood`, () => {
      if (golden.status !== 20) {
        assert.throws(() => decodeReply(bytesOf(golden), 'a.B.score'), {
          code: 'ABOX_DUBBO_STATUS',
          message: new RegExp(`a\\.B\\.score: found status ${golden.status} [A-Z_]+, expected 20 OK: .`)
        })
        return
      }
      const flag = Number(golden.body?.[0]?.v)
      const reply = decodeReply(bytesOf(golden), 'a.B.score')
      assert.equal(reply.exception !== undefined, flag % 3 === 0)
      if (flag % 3 === 2) assert.equal(reply.value, null)
      if (flag >= 3) assert.equal(reply.attachments.get('dubbo'), '2.0.2')
      // A class that the decoder of the fixtures did not have became a map there.
      const javaClass = golden.body?.[1]?.c
      if (reply.exception !== undefined && javaClass !== 'java.util.HashMap') {
        assert.equal(reply.exception.className, javaClass)
      }
    })
  }

  it('give back what result frames were made of', () => {
    assert.deepEqual(decodeReply(nullResult(ID, new Map([['a', 'b']])), 'x').attachments, new Map([['a', 'b']]))
    const frame = { declaringClass: 'a.B', methodName: 'm', fileName: 'f', lineNumber: 1 }
    const failed = decodeReply(
      exceptionResult(ID, { className: 'a.E', message: 'why', fields: { at: '1' }, frame }),
      'x'
    )
    assert.equal(failed.value, null)
    assert.equal(failed.exception?.className, 'a.E')
    assert.equal(failed.exception?.message, 'why')
    assert.equal(failed.exception?.fields.get('at'), '1')
  })

  it('say which status and which text came', () => {
    assert.throws(() => decodeReply(statusResult(ID, 31, 'too slow'), 'a.B.m'), {
      code: 'ABOX_DUBBO_STATUS',
      message: 'ABOX_DUBBO_STATUS: a.B.m: found status 31 SERVER_TIMEOUT, expected 20 OK: too slow'
    })
    const unreadable = Buffer.concat([statusResult(ID, 40, '').subarray(0, 16), Buffer.of(0xff)])
    assert.throws(() => decodeReply(unreadable, 'a.B.m'), { message: /\(1 bytes that are no hessian2 string\)/ })
  })

  it('end in a coded error for any bytes', () => {
    const seeds = RESPONSES.map(bytesOf).filter((frame) => frame.length < 4000)
    const edits = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.nat(seeds.length - 1), edits, fc.nat(4000), (seed, changes, cut) => {
        const frame = Buffer.from(seeds[seed] as Buffer)
        for (const [at, byte] of changes) frame[16 + (at % (frame.length - 16))] = byte
        try {
          decodeReply(frame.subarray(0, Math.max(16, cut % (2 * frame.length))), 'x')
        } catch (error) {
          assert.ok(error instanceof AboxError, String(error))
        }
      }),
      { interruptAfterTimeLimit: 1000, numRuns: 20_000 }
    )
  })
})
