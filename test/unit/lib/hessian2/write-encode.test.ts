import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeBytes,
  encodeValue,
  HDate,
  HDouble,
  HDoubles,
  type HessianValue,
  HInt,
  HList,
  HLong,
  HMap,
  HObject
} from '#lib/hessian2'
import { bodyFiles, bodyOf, goldenFrames } from './golden.ts'
import { hexOf } from './written.ts'

const hex = (...values: HessianValue[]): string =>
  hexOf((writer) => {
    for (const value of values) encodeValue(writer, value)
  })

test('containers have the bytes that Java gives them', () => {
  assert.equal(hex(new HList()), '78')
  assert.equal(hex(new HList(Array.from({ length: 8 }, () => null))), `5898${'4e'.repeat(8)}`)
  assert.equal(hex(new HList([new HDouble(1), new HDouble(0)], '[double')), '72075b646f75626c655c5b')
  assert.equal(hex(new HDoubles(Float64Array.of(1, 0), '[double')), '72075b646f75626c655c5b')
  assert.equal(hex(new HDoubles(Float64Array.of(-0, 0.25))), '7a448000000000000000' + '5f000000fa')
  assert.equal(hex(new HMap([null, new HInt(1)], [new HInt(1), 'x'])), '484e919101785a')
  assert.equal(hex(new HMap([], [], 'java.util.TreeMap')), `4d11${Buffer.from('java.util.TreeMap').toString('hex')}5a`)
  assert.equal(hex(new HObject('C', ['a'], [true])), '430143910161' + '6054')
})

test('a list of eight or more with a type names it once', () => {
  const items = (): HessianValue[] => Array.from({ length: 8 }, () => new HInt(0))
  assert.equal(
    hex(new HList(items(), '[int'), new HList(items(), '[int')),
    `56045b696e7498${'90'.repeat(8)}569098${'90'.repeat(8)}`
  )
})

test('a class is defined once for the same fields and again for others', () => {
  const c = (...names: string[]): HObject =>
    new HObject(
      'C',
      names,
      names.map(() => null)
    )
  assert.equal(
    hex(c('a'), c('a'), c('b'), c('a'), c('b')),
    '4301439101616' + '04e' + '604e' + '4301439101626' + '14e' + '604e' + '614e'
  )
})

test('the seventeenth class has its number behind the code', () => {
  const objects = Array.from({ length: 17 }, (_, i) => new HObject(`C${i}`))
  assert.ok(hex(...objects).endsWith('4303433136904fa0'))
})

test('a list that contains itself refers to itself', () => {
  const list = new HList()
  list.items.push(list)
  assert.equal(hex(list), '795190')
})

test('an object that is its own cause, as Java exceptions are, refers to itself', () => {
  const error = new HObject('E', ['cause'], [null])
  error.values[0] = error
  assert.equal(hex(error), '430145910563617573656' + '05190')
})

test('references count lists, maps and objects in the order of their starts, over all values of a stream', () => {
  const shared = new HMap()
  const outer = new HList([new HList(), new HObject('C'), shared, shared])
  assert.ok(hex(outer, shared).endsWith('485a' + '5193' + '5193'))
})

test('a list of doubles has a number for references like any list', () => {
  const doubles = new HDoubles(Float64Array.of(1))
  const shared = new HList()
  assert.equal(hex(new HList([doubles, shared, shared, doubles])), '7c' + '795c' + '78' + '5192' + '5191')
})

test('every body recorded from Java is encoded back to the same bytes', () => {
  let count = 0
  for (const file of bodyFiles) {
    for (const frame of goldenFrames(file)) {
      const body = bodyOf(frame)
      if (frame.body === undefined) continue
      assert.equal(hex(...decodeBytes(body)), body.toString('hex'), `${file} ${frame.name}`)
      count++
    }
  }
  assert.ok(count > 400, `${count} bodies`)
})

/** A list as it is read: of doubles alone it is an `HDoubles`. */
function listOf(items: HessianValue[], type: string | undefined): HList | HDoubles {
  const doubles = items.filter((item) => item instanceof HDouble)
  return doubles.length === 0 || doubles.length < items.length
    ? new HList(items, type)
    : new HDoubles(
        Float64Array.from(doubles, (item) => item.value),
        type
      )
}

test('any value comes back', () => {
  const { value } = fc.letrec<{ value: HessianValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.string({ unit: 'binary' }),
      fc.integer().map((n) => new HInt(n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => new HLong(n)),
      fc.double().map((n) => new HDouble(n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((ms) => new HDate(ms)),
      fc.date({ noInvalidDate: true }).map((date) => new HDate(BigInt(date.getTime()))),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(
          fc.array(tie('value'), { maxLength: 10 }),
          fc.option(fc.constantFrom('[int', 'java.util.Set'), { nil: undefined })
        )
        .map(([items, type]) => listOf(items, type)),
      fc.array(fc.double(), { minLength: 1 }).map((values) => new HDoubles(Float64Array.from(values))),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map(
        (entries) =>
          new HMap(
            entries.map(([key]) => key),
            entries.map(([, item]) => item)
          )
      ),
      fc
        .tuple(fc.constantFrom('A', 'B'), fc.array(fc.tuple(fc.constantFrom('x', 'y'), tie('value')), { maxLength: 3 }))
        .map(
          ([name, fields]) =>
            new HObject(
              name,
              fields.map(([field]) => field),
              fields.map(([, item]) => item)
            )
        )
    )
  }))
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), (values) => {
      assert.deepEqual(decodeBytes(Buffer.from(hex(...values), 'hex')), values)
    }),
    { numRuns: 300 }
  )
})

test('what has no Hessian form is refused', () => {
  const deep = (levels: number): HessianValue => {
    let value: HessianValue = null
    for (let i = 0; i < levels; i++) value = new HList([value])
    return value
  }
  for (const value of [
    new HInt(2 ** 31),
    new HInt(0.5),
    new HLong(2n ** 63n),
    new HDate(-(2n ** 63n) - 1n),
    new HMap([null], []),
    new HObject('C', ['a'], []),
    deep(257)
  ]) {
    assert.throws(() => hex(value), { code: 'ABOX_HESSIAN_WRITE' })
  }
  hex(deep(256))
})

test('objects of one class with ever other fields stay readable', () => {
  const objects = Array.from({ length: 100 }, (_, i) => new HObject('C', [`f${i % 40}`], [new HInt(i)]))
  const again = objects.slice(0, 5).map(({ names, values }) => new HObject('C', [...names], values))
  assert.deepEqual(decodeBytes(Buffer.from(hex(...objects, ...again), 'hex')), [...objects, ...again])
})
