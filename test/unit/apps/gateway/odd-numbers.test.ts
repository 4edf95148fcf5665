import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeInvocation } from '#lib/dubbo'
import { encodeValue, HDouble, type HessianValue, HessianWriter, HInt, HList, HLong, HObject } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { takeTensors } from '#lib/sandbox'
import { createArgumentWriter } from '../../../../src/apps/gateway/arguments.ts'
import type { Route } from '../../../../src/apps/gateway/routing-table.ts'
import { doubles, ints, longs } from '../../../harness/fuzz/values.ts'
import { body } from '../../lib/dubbo/bodies.ts'

const route = { method: 'score', types: createTypes({}), input: undefined } as unknown as Route
const LEAST = -(2n ** 53n)
const writer = createArgumentWriter(1_000_000)

const number: fc.Arbitrary<HessianValue> = fc.oneof(
  { weight: 20, arbitrary: doubles.map((value) => new HDouble(value)) },
  { weight: 20, arbitrary: ints.map((value) => new HInt(value)) },
  { weight: 10, arbitrary: fc.maxSafeInteger().map((value) => new HLong(BigInt(value))) },
  { weight: 1, arbitrary: longs.map((value) => new HLong(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(new HDouble(-0), new HLong(LEAST), new HLong(-LEAST), new HLong(LEAST + 1n))
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('-0.0', '12345678901234567890', '1.5')
      .map((value) => new HObject('java.math.BigDecimal', ['value'], [value]))
  }
)
const list = fc.array(number, { maxLength: 200, size: 'max' })

test('who writes arguments knows of all numbers that JavaScript reads as others', () => {
  let plain = 0
  const property = fc.property(list, (values) => {
    const hessian = new HessianWriter(16)
    encodeValue(hessian, new HList(values))
    const args = [Buffer.from(hessian.take())]
    const invocation = decodeInvocation(body({ descriptor: 'Ljava/util/List;', args }))
    const json = Buffer.from(writer.allBytes(invocation, route))
    if (writer.odd()) return
    plain++
    assert.deepEqual(takeTensors(json, 0, false), takeTensors(json, 0, true))
  })
  fc.assert(property, { numRuns: 1000 })
  assert.ok(plain > 100, 'most lists were odd')
})

for (const value of [new HDouble(-0), new HLong(LEAST), new HLong(-LEAST), new HLong(2n ** 62n)]) {
  test(`and knows of ${Object.is(value.value, -0) ? '-0' : value.value}`, () => {
    const hessian = new HessianWriter(16)
    encodeValue(hessian, new HList([value]))
    const args = [Buffer.from(hessian.take())]
    const invocation = decodeInvocation(body({ descriptor: 'Ljava/util/List;', args }))
    writer.allBytes(invocation, route)
    assert.equal(writer.odd(), true)
  })
}
