import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { HDouble, HDoubles, type HessianValue, HInt, HList, HMap, HObject, parseTyped, printTyped } from '#lib/hessian2'

/** Asserts that the text is refused, with these words. */
function refuses(text: string, ...words: readonly string[]): void {
  assert.throws(
    () => parseTyped(text),
    (error) => {
      assert.ok(error instanceof AboxError)
      assert.equal(error.code, 'ABOX_TYPED_JSON')
      for (const word of words) assert.ok(error.message.includes(word), `${error.message} says ${word}`)
      return true
    }
  )
}

const one = (text: string): HessianValue => parseTyped(text)[0] as HessianValue

test('one value is read like an array of one', () => {
  assert.deepEqual(parseTyped('{"t":"int","v":3}'), [new HInt(3)])
  assert.deepEqual(parseTyped('[{"t":"int","v":3}]'), [new HInt(3)])
  assert.deepEqual(parseTyped('[]'), [])
})

test('members may stand in any order', () => {
  assert.deepEqual(one('{"v":[{"v":1,"t":"int"}],"id":0,"c":"[int","t":"list"}'), new HList([new HInt(1)], '[int'))
})

test('the bits of a double decide, and its decimal is enough', () => {
  assert.deepEqual(one('{"t":"double","v":"2.0","bits":"3FF0000000000000"}'), new HDouble(1))
  assert.deepEqual(one('{"t":"double","bits":"8000000000000000"}'), new HDouble(-0))
  for (const [text, value] of [
    ['1', 1],
    ['-0.0', -0],
    ['1e300', 1e300],
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY]
  ] as const)
    assert.deepEqual(one(`{"t":"double","v":"${text}"}`), new HDouble(value))
})

test('a list of doubles alone is packed, any other list is not', () => {
  const d = '{"t":"double","v":"1.5"}'
  assert.deepEqual(
    one(`{"t":"list","c":"[double","v":[${d},${d}]}`),
    new HDoubles(Float64Array.of(1.5, 1.5), '[double')
  )
  assert.ok(one(`{"t":"list","v":[${d},{"t":"null"}]}`) instanceof HList)
  assert.ok(one('{"t":"list","v":[]}') instanceof HList)
})

test('numbers of lists, maps and objects may be left out, and are the same then', () => {
  const text = '[{"t":"list","v":[{"t":"map","v":[]},{"t":"ref","v":1},{"t":"ref","v":0}]},{"t":"ref","v":1}]'
  const [list, map] = parseTyped(text)
  assert.ok(list instanceof HList && map instanceof HMap)
  assert.equal(list.items[0], map)
  assert.equal(list.items[1], map)
  assert.equal(list.items[2], list)
})

test('a wrong number is refused with the right one', () => {
  refuses('[{"t":"map","id":0,"v":[]},{"t":"list","id":2,"v":[]}]', '[1].id', 'found 2', 'expected 1')
})

test('a reference to what has not begun is refused', () => {
  refuses('{"t":"list","v":[{"t":"ref","v":1}]}', 'v[0].v', 'found 1', 'one of the 1 lists')
  for (const v of ['-1', '0.5', '"0"', 'null', '"__proto__"'])
    refuses(`[{"t":"map","v":[]},{"t":"ref","v":${v}}]`, '[1].v')
})

test('objects of one class with the same fields share the list of their names, with other fields they do not', () => {
  const bean = (name: string): string => `{"t":"object","c":"B","f":[["${name}",{"t":"null"}]]}`
  const [a, b, c] = parseTyped(`[${bean('x')},${bean('x')},${bean('y')}]`) as HObject[]
  assert.equal(a?.names, b?.names)
  assert.deepEqual(c?.names, ['y'])
})

test('lone surrogates and names that JavaScript objects inherit come through', () => {
  const value = new HObject('__proto__', ['__proto__', 'constructor'], ['\ud800', new HMap(['__proto__'], [null])])
  assert.deepEqual(one(printTyped(value)), value)
})

test('a member that the kind does not have is refused by name', () => {
  refuses('{"t":"int","v":3,"x":1}', 'the value', '"x"', 'only t, v')
  refuses('{"t":"int","v":3,"__proto__":{"v":4}}', '"__proto__"')
  refuses('{"t":"list","v":[{"t":"double","v":"1.0","id":0}]}', 'v[0]', '"id"')
})

test('every refusal names the place, what was found and what was expected', () => {
  refuses('{"t":"map","v":[[{"t":"string","v":"a"},{"t":"int","v":2147483648}]]}', 'v[0][1].v', '2147483648', '32 bits')
  refuses('{"t":"object","c":"B","f":[["a",{"t":"long","v":1}]]}', 'f[0][1].v', 'found 1,', '64 bits')
  refuses('{"t":"object","c":"B","f":[[1,{"t":"null"}]]}', 'f[0][0]', 'found 1', 'name of a field')
  refuses('{"t":"object","f":[]}', 'c: found nothing', 'text')
  refuses('{"t":"map","v":[[{"t":"null"}]]}', 'v[0]', 'an array of 1', 'array of two')
  refuses('{"t":"date","v":"9223372036854775808"}', 'v: found "9223372036854775808"')
  refuses('{"t":"bytes","v":"0"}', 'v: found "0"', 'pairs of hex digits')
  refuses('{"t":"bytes","v":"0g"}', 'v: found "0g"')
  refuses('{"t":"double","v":"1e999"}', 'v: found "1e999"', 'decimal')
  refuses('{"t":"double","v":1.5}', 'v: found 1.5', 'as text')
  refuses('{"t":"double","bits":"3ff"}', 'bits: found "3ff"', '16 hex digits')
  refuses('{"t":"boolean","v":"true"}', 'v: found "true"', 'true or false')
  refuses('{"t":"constructor"}', 't: found "constructor"', 'one of null, boolean')
  refuses('{}', 't: found nothing')
  refuses('[[]]', '[0]: found an array of 0')
  refuses('3', 'the value: found 3', 'typed value')
  refuses('{"t":', 'found no JSON text')
  refuses('', 'found no JSON text')
})

test('nesting beyond the budget is refused with a code, however deep the text is', () => {
  const nested = (levels: number): string => '{"t":"list","v":['.repeat(levels) + ']}'.repeat(levels)
  assert.equal(parseTyped(nested(256)).length, 1)
  assert.throws(() => parseTyped(nested(257)), { code: 'ABOX_HESSIAN_TOO_DEEP' })
  assert.throws(() => parseTyped(nested(500_000)), { code: 'ABOX_HESSIAN_TOO_DEEP' })
  refuses('['.repeat(500_000), 'found no JSON text')
})
