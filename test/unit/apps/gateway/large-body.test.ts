import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeInvocation } from '#lib/dubbo'
import { isLarge } from '../../../../src/apps/gateway/large-body.ts'
import { body, bytes } from '../../lib/dubbo/bodies.ts'

const large = (argument: Buffer): boolean => {
  const whole = body({ descriptor: 'Ljava/lang/Object;', args: [argument] })
  return isLarge(whole, decodeInvocation(whole))
}
/** An untyped list of so many items, which are what `part` has. */
const list = (count: number, part: Buffer, before = bytes('')): Buffer => {
  const head = bytes('58 49 00000000')
  head.writeInt32BE(count, 2)
  return Buffer.concat([head, before, Buffer.alloc(count * part.length, part)])
}

test('the JSON of a long body, of references, and of many objects is written in slices, other JSON is not', () => {
  assert.equal(large(list(100_000, bytes('91'))), false)
  assert.equal(large(list(140_000, bytes('91'))), true)
  assert.equal(large(bytes('7a 78 51 91')), true)
  const ofA = bytes('43 01 41 91 01 61')
  assert.equal(large(list(7000, bytes('60 91'), ofA)), false)
  assert.equal(large(list(9000, bytes('60 91'), ofA)), true)
})
