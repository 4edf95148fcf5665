import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeInvocation } from '#lib/dubbo'
import { decodeValue, HDouble, HInt } from '#lib/hessian2'
import { callFrame, type DubboCall } from '../../../../src/lib/dubbo/call-frame.ts'
import { listOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { bytesOf, goldenFrames } from './golden.ts'

const ID = Buffer.from('0000000000000007', 'hex')

const CALL: DubboCall = {
  service: 'com.example.rank.RankService',
  method: 'score',
  parameterTypes: ['java.util.List<java.lang.Double>', 'java.util.Map'],
  args: [listOf([new HDouble(0.5)]), mapOf([['k', objectOf('a.B', [['x', new HInt(1)]])]])]
}

describe('the request frame of a call', () => {
  for (const generic of [false, true]) {
    it(`is understood as the ${generic ? 'generic' : 'typed'} call it was made from`, () => {
      const frame = callFrame(
        ID,
        { ...CALL, generic, version: '1.0.0', group: 'g', attachments: { traceid: 't' } },
        1500
      )
      assert.equal(frame.toString('hex', 0, 12), 'dabbc2000000000000000007')
      const call = decodeInvocation(frame.subarray(16))
      assert.equal(call.service, CALL.service)
      assert.equal(call.version, '1.0.0')
      assert.equal(call.group, 'g')
      assert.equal(call.method, 'score')
      assert.equal(call.generic, generic)
      assert.equal(call.attachments.get('timeout'), '1500')
      assert.equal(call.attachments.get('traceid'), 't')
      assert.deepEqual(
        call.argOffsets.map((offset) => decodeValue(call.scan, offset)),
        CALL.args
      )
      assert.deepEqual(call.parameterTypes, generic ? CALL.parameterTypes : ['java.util.List', 'java.util.Map'])
    })
  }

  it('is what Java 2.6 sends for the same call, byte for byte', () => {
    const golden = goldenFrames('request-typed').find(({ name }) => name === '2.6.12 typed echo')
    assert.ok(golden)
    const java = bytesOf(golden)
    const [arg] = golden.body?.slice(5, 6) ?? []
    assert.equal(arg?.t, 'string')
    const frame = callFrame(
      java.subarray(4, 12),
      {
        service: 'com.example.rank.RankService',
        method: 'echo',
        parameterTypes: ['java.lang.String'],
        args: [String(arg?.v)],
        attachments: { traceid: 'abc-123' }
      },
      20_000
    )
    assert.equal(frame.toString('hex'), java.toString('hex'))
  })

  it('awaits no answer when the call is one-way', () => {
    assert.equal(callFrame(ID, { ...CALL, oneWay: true }, 1)[2], 0x82)
  })
})
