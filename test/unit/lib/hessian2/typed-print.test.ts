import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeBytes,
  HDate,
  HDouble,
  HDoubles,
  type HessianValue,
  HInt,
  HList,
  HLong,
  HMap,
  HObject,
  printTyped,
  typedBudget
} from '#lib/hessian2'

const prints = (value: HessianValue, text: string): void => assert.equal(printTyped(value), text)

test('scalars are printed with their kind and all of their digits', () => {
  prints(null, '{"t":"null"}')
  prints(true, '{"t":"boolean","v":true}')
  prints(new HInt(-2147483648), '{"t":"int","v":-2147483648}')
  prints(new HLong(9007199254740993n), '{"t":"long","v":"9007199254740993"}')
  prints(new HDate(-(2n ** 63n)), '{"t":"date","v":"-9223372036854775808"}')
  prints(Buffer.of(0, 255), '{"t":"bytes","v":"00ff"}')
  prints('', '{"t":"string","v":""}')
})

test('a double is printed as the shortest decimal that is seen to be a double, and as its bits', () => {
  const double = (value: number, v: string, bits: string): void =>
    prints(new HDouble(value), `{"t":"double","v":"${v}","bits":"${bits}"}`)
  double(1, '1.0', '3ff0000000000000')
  double(-0, '-0.0', '8000000000000000')
  double(0.1, '0.1', '3fb999999999999a')
  double(5e-324, '5e-324', '0000000000000001')
  double(Number.POSITIVE_INFINITY, 'Infinity', '7ff0000000000000')
  double(Number.NEGATIVE_INFINITY, '-Infinity', 'fff0000000000000')
  double(Number.NaN, 'NaN', '7ff8000000000000')
})

test('every NaN of the wire is printed as the one NaN', () => {
  for (const bits of ['7ff8000000000000', 'fff8000000000123', '7ff0000000000001']) {
    const [value, list] = decodeBytes(Buffer.from(`44${bits}7944${bits}`, 'hex'))
    prints(value as HessianValue, '{"t":"double","v":"NaN","bits":"7ff8000000000000"}')
    assert.match(printTyped(list as HessianValue), /"bits":"7ff8000000000000"/)
  }
})

test('lone surrogates are escaped, pairs and everything else are not', () => {
  prints('\ud83dx\ude00', '{"t":"string","v":"\\ud83dx\\ude00"}')
  prints('中😀"\n', '{"t":"string","v":"中😀\\"\\n"}')
})

test('a long string and long bytes are printed whole', () => {
  assert.equal(printTyped('x'.repeat(100_000)).length, 100_000 + '{"t":"string","v":""}'.length)
  assert.equal(printTyped(Buffer.alloc(100_000)).length, 200_000 + '{"t":"bytes","v":""}'.length)
})

test('a type is printed as the wire says it and left out where the wire says none', () => {
  prints(new HList([null], '[string'), '{"t":"list","c":"[string","id":0,"v":[{"t":"null"}]}')
  prints(new HList(), '{"t":"list","id":0,"v":[]}')
  prints(
    new HMap([new HInt(1)], ['x'], ''),
    '{"t":"map","c":"","id":0,"v":[[{"t":"int","v":1},{"t":"string","v":"x"}]]}'
  )
})

test('a list of doubles is printed as any list', () => {
  const text = printTyped(new HDoubles(Float64Array.of(1, 0.5), '[double'))
  assert.equal(text, printTyped(new HList([new HDouble(1), new HDouble(0.5)], '[double')))
})

test('an object keeps the order of its fields and both fields of one name', () => {
  prints(
    new HObject('com.x.B', ['a', 'a'], [null, true]),
    '{"t":"object","c":"com.x.B","id":0,"f":[["a",{"t":"null"}],["a",{"t":"boolean","v":true}]]}'
  )
})

test('lists, maps and objects are numbered over all values in the order in which they begin', () => {
  const shared = new HDoubles(Float64Array.of(0))
  const text = printTyped([new HList([new HMap(), shared]), new HObject('C'), shared])
  assert.deepEqual(
    [...text.matchAll(/"(list|map|object)"[^{]*?"id":(\d)/g)].map(([, kind, id]) => `${kind} ${id}`),
    ['list 0', 'map 1', 'list 2', 'object 3']
  )
  assert.ok(text.endsWith(',{"t":"ref","v":2}]'))
})

test('what contains itself is printed as a reference', () => {
  const list = new HList()
  list.items.push(list)
  prints(list, '{"t":"list","id":0,"v":[{"t":"ref","v":0}]}')
})

test('values deeper than the budget are refused with a code, and as deep as it are printed', () => {
  const deep = (levels: number): HessianValue => {
    let value: HessianValue = null
    for (let i = 0; i < levels; i++) value = i % 2 === 0 ? new HList([value]) : new HMap([value], [null])
    return value
  }
  assert.ok(printTyped(deep(typedBudget.maxDepth)).length > 0)
  assert.throws(() => printTyped(deep(typedBudget.maxDepth + 1)), { code: 'ABOX_HESSIAN_TOO_DEEP' })
  assert.throws(() => printTyped(deep(100_000)), { code: 'ABOX_HESSIAN_TOO_DEEP' })
})

test('what has no Hessian form has no typed JSON either', () => {
  for (const value of [
    new HInt(1.5),
    new HLong(2n ** 63n),
    new HDate(-(2n ** 63n) - 1n),
    new HMap([null], []),
    new HObject('C', ['a'], [])
  ]) {
    assert.throws(() => printTyped(value), { code: 'ABOX_HESSIAN_WRITE' })
  }
})
