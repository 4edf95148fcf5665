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
  HObject,
  parseTyped,
  printTyped
} from '#lib/hessian2'
import { bodyFiles, bodyOf, goldenFrames, type TypedJson } from './golden.ts'
import { assertTyped } from './typed-json.ts'
import { hexOf } from './written.ts'

function encoded(values: readonly HessianValue[]): Buffer {
  const hex = hexOf((writer) => {
    for (const value of values) encodeValue(writer, value)
  })
  return Buffer.from(hex, 'hex')
}

/** Any units, so that lone surrogates are among them. */
const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\ud800', '\udc00\ud800', '__proto__', 'constructor', '')
)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const double = fc.oneof(
  fc.double(),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, bits)
    const value = view.getFloat64(0)
    // JavaScript does not promise to keep the payload of a NaN.
    return Number.isNaN(value) ? Number.NaN : value
  }),
  fc.integer().map((n) => n / 1000)
)
const type = fc.option(fc.oneof(text, fc.constantFrom('[int', '[[double', 'java.util.TreeMap')), { nil: undefined })

const { value: tree } = fc.letrec<{ value: HessianValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    text,
    fc.integer().map((n) => new HInt(n)),
    int64.map((n) => new HLong(n)),
    int64.map((ms) => new HDate(ms)),
    double.map((n) => new HDouble(n)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.array(double, { minLength: 1, maxLength: 10 }), type)
      .map(([n, t]) => new HDoubles(Float64Array.from(n), t)),
    fc.tuple(fc.array(tie('value'), { maxLength: 10 }), type).map(([items, t]) => new HList(items, t)),
    fc.tuple(fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }), type).map(
      ([entries, t]) =>
        new HMap(
          entries.map(([key]) => key),
          entries.map(([, item]) => item),
          t
        )
    ),
    fc
      .tuple(
        fc.oneof(text, fc.constantFrom('A', 'B')),
        fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('x', 'y')), tie('value')), { maxLength: 4 })
      )
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

type Container = HList | HDoubles | HMap | HObject

function containersOf(values: readonly HessianValue[], into: Container[] = []): Container[] {
  for (const value of values) {
    if (value instanceof HDoubles) into.push(value)
    else if (value instanceof HList) {
      into.push(value)
      containersOf(value.items, into)
    } else if (value instanceof HMap || value instanceof HObject) {
      into.push(value)
      if (value instanceof HMap) containersOf(value.keys, into)
      containersOf(value.values, into)
    }
  }
  return into
}

/** Trees, some of whose parts are put into others: before, behind and inside themselves. */
const graphs = fc
  .tuple(
    fc.array(tree, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 5 })
  )
  .map(([values, links]) => {
    const containers = containersOf(values)
    for (const [from, to, asKey] of links) {
      const host = containers[from % containers.length]
      const guest = containers[to % containers.length]
      if (guest === undefined) continue
      if (host instanceof HList) host.items.push(guest)
      else if (host instanceof HMap) {
        host.keys.push(asKey ? guest : 'k')
        host.values.push(asKey ? null : guest)
      } else if (host instanceof HObject && host.values.length > 0) host.values[from % host.values.length] = guest
    }
    return values
  })

test('whatever is printed is parsed, and prints the same', () => {
  fc.assert(
    fc.property(graphs, (values) => {
      const printed = printTyped(values)
      assert.equal(printTyped(parseTyped(printed)), printed)
    }),
    { numRuns: 500 }
  )
})

test('whatever is encoded and decoded prints the same, with the numbers that its references have on the wire', () => {
  fc.assert(
    fc.property(graphs, (values) => {
      const printed = printTyped(values)
      assert.equal(printTyped(decodeBytes(encoded(values))), printed)
      assert.ok(encoded(parseTyped(printed)).equals(encoded(values)))
    }),
    { numRuns: 500 }
  )
})

test('a value that was parsed is the value that was printed', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), (values) => {
      const canonical = decodeBytes(encoded(values))
      assert.deepEqual(parseTyped(printTyped(canonical)), canonical)
    }),
    { numRuns: 200 }
  )
})

for (const file of bodyFiles) {
  test(`the typed JSON of ${file} means what Java decoded, and is written back to the same bytes`, () => {
    for (const frame of goldenFrames(file)) {
      const body = bodyOf(frame)
      const values = parseTyped(printTyped(decodeBytes(body)))
      for (const [i, expected] of (frame.body ?? []).entries()) {
        assertTyped(expected as TypedJson, values[i] as HessianValue, `${frame.name}: item ${i}`)
      }
      assert.ok(encoded(values).equals(body), frame.name)
    }
  })
}
