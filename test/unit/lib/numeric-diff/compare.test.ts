import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { JsonReader } from '#lib/json'
import { type CompareOptions, compareJson, createComparer, verdictOf } from '#lib/numeric-diff'

const verdict = (left: string, right: string, options: CompareOptions = {}) =>
  verdictOf(compareJson(left, right, options))
const counts = (left: string, right: string, options: CompareOptions = {}) => {
  const { worst, fields, ...rest } = compareJson(left, right, options)
  return Object.fromEntries(Object.entries(rest).filter(([, count]) => count > 0))
}

/** JSON texts with the bare words, long integers and huge exponents that JSON.stringify would not write. */
const number = fc.oneof(
  fc.double().map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.constantFrom(
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '0',
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740993.0',
    '1.0',
    '1'
  )
)
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__', 'é'), tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(',')}}`)
  )
})).value
const tolerance = fc.record({
  relative: fc.double({ min: 0, max: 2, noNaN: true }),
  absolute: fc.double({ min: 0, max: 1e20, noNaN: true }),
  ulps: fc.nat(1000)
})

describe('compareJson', () => {
  test('any value is equal to itself', () => {
    fc.assert(fc.property(json, (value) => assert.equal(verdict(value, value), 'equal')))
  })

  test('the sides change places: missing and extra change places, everything else stays', () => {
    fc.assert(
      fc.property(json, json, tolerance, (left, right, options) => {
        const one = compareJson(left, right, options)
        const other = compareJson(right, left, options)
        for (const name of ['equal', 'within', 'different', 'nan', 'ignored'] as const)
          assert.equal(one[name], other[name], name)
        assert.deepEqual([one.missing, one.extra], [other.extra, other.missing])
        assert.equal(one.worst?.relative, other.worst?.relative)
        const of = ({ fields }: typeof one) => new Map(fields.map(({ field, maxRelative }) => [field, maxRelative]))
        assert.deepEqual(of(one), of(other))
      })
    )
  })

  test('a wider tolerance makes nothing worse and moves only what differs to what is within', () => {
    const near = fc.tuple(fc.double({ noNaN: true }), fc.double({ min: 0.9, max: 1.1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(near), tolerance, tolerance, (pairs, a, b) => {
        const left = `[${pairs.map(([value]) => value).join()}]`
        const right = `[${pairs.map(([value, factor]) => value * factor).join()}]`
        const wide = {
          relative: Math.max(a.relative, b.relative),
          absolute: Math.max(a.absolute, b.absolute),
          ulps: Math.max(a.ulps, b.ulps)
        }
        const tight = compareJson(left, right, a)
        const loose = compareJson(left, right, wide)
        assert.equal(loose.equal, tight.equal)
        assert.ok(loose.within >= tight.within)
        assert.equal(loose.within + loose.different, tight.within + tight.different)
      })
    )
  })

  test('the order of the keys means nothing, at any depth', () => {
    const reorder = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reorder)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reorder(item)])
      )
    }
    const tree = fc.object({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), maxDepth: 5, withNullPrototype: false })
    fc.assert(
      fc.property(tree, (value) => {
        assert.equal(verdict(JSON.stringify(value), JSON.stringify(reorder(value))), 'equal')
      })
    )
  })

  test('spaces, escapes and ways to write a double mean nothing', () => {
    assert.equal(verdict('{"a":"é","b":[1.0,1e3]}', ' { "\\u0061" : "\\u00e9" , "b" : [ 1, 1000.0 ] } '), 'equal')
  })

  test('zeros are equal whatever their sign', () => {
    for (const zero of ['0', '-0', '0.0', '-0.0', '0e9', '-0E-99999999999999999999'])
      assert.equal(verdict('0', zero), 'equal', zero)
  })

  test('NaN is equal to itself and nan beside anything else; infinities are equal to themselves alone', () => {
    assert.deepEqual(counts('[NaN,Infinity,-Infinity]', '[NaN,Infinity,-Infinity]'), { equal: 3 })
    assert.deepEqual(counts('[NaN,1,NaN]', '[1,NaN,Infinity]', { relative: 1 }), { nan: 3 })
    assert.deepEqual(counts('[Infinity,Infinity,1]', '[-Infinity,1e400,Infinity]', { relative: 10 }), { different: 3 })
  })

  test('long integers are compared digit by digit, and no relative tolerance lets another id pass', () => {
    assert.equal(verdict('9007199254740993', '9007199254740993'), 'equal')
    assert.equal(verdict('9007199254740993', '9007199254740992', { relative: 0.5, ulps: 100 }), 'different')
    assert.equal(verdict('1700000001', '1700000002', { relative: 0.5 }), 'different')
    assert.equal(verdict('9223372036854775807', '9223372036854775806', { absolute: 1 }), 'within')
    assert.equal(compareJson('9223372036854775807', '9223372036854775800').fields[0]?.maxAbsolute, 7)
    const long = '1'.repeat(5000)
    assert.equal(verdict(long, long), 'equal')
    assert.equal(verdict(long, `${long.slice(1)}2`), 'different')
  })

  test('beyond 2^53 a decimal is equal to the number that it means, not to the double that it becomes', () => {
    assert.equal(verdict('9007199254740993', '9007199254740993.0'), 'equal')
    assert.equal(verdict('9007199254740993', '9.007199254740993e15'), 'equal')
    assert.equal(verdict('9007199254740993', '9007199254740992.0'), 'different')
    assert.equal(verdict('9007199254740993', '9007199254740992.0', { relative: 1e-9 }), 'within')
  })

  test('numbers beyond every double are equal when they are the same number', () => {
    assert.equal(verdict('1e400', '10e399'), 'equal')
    assert.equal(verdict('1e400', '1e401', { relative: 1 }), 'different')
    assert.equal(verdict('1e99999999999999999999', '1e99999999999999999999'), 'equal')
    assert.equal(verdict(`1${'0'.repeat(400)}.0`, '1e400'), 'equal')
  })

  test('a number beside text of the same digits is another kind of value', () => {
    assert.deepEqual(counts('[7]', '["7"]', { relative: 1 }), { different: 1 })
    assert.deepEqual(counts('[true,null,{},0]', '[false,0,[],null]'), { different: 4 })
  })

  test('the tolerance is relative to the larger number, absolute, or counted in doubles', () => {
    assert.equal(verdict('1.0', '1.1', { relative: 0.0908 }), 'different')
    assert.equal(verdict('1.0', '1.1', { relative: 0.091 }), 'within')
    assert.equal(verdict('0.0', '1e-9', { relative: 0.5 }), 'different')
    assert.equal(verdict('0.0', '1e-9', { absolute: 1e-9 }), 'within')
    assert.equal(verdict('1.0', String(1 + Number.EPSILON * 3), { ulps: 2 }), 'different')
    assert.equal(verdict('1.0', String(1 + Number.EPSILON * 3), { ulps: 3 }), 'within')
    assert.equal(verdict('5e-324', '-5e-324', { ulps: 2 }), 'within')
    assert.equal(verdict('1e308', '-1e308', { relative: 1.99 }), 'different')
    assert.equal(verdict('1e308', '-1e308', { relative: 2 }), 'within')
  })

  test('a member that is missing is not a member that is null', () => {
    assert.deepEqual(counts('{"a":null,"b":1}', '{"b":1}'), { equal: 1, missing: 1 })
    assert.deepEqual(counts('{"b":1}', '{"a":null,"b":1}'), { equal: 1, extra: 1 })
    assert.deepEqual(counts('{"a":null}', '{"a":1}'), { different: 1 })
    assert.deepEqual(counts('{}', '{"a":1}'), { extra: 1 })
  })

  test('each element that one list has more is missing or extra', () => {
    assert.deepEqual(counts('[1,2,3]', '[1]'), { equal: 1, missing: 2 })
    assert.deepEqual(counts('[]', '[[],[1,2]]'), { extra: 2 })
    assert.deepEqual(counts('[]', '[]'), { equal: 1 })
  })

  test('equal keys are compared in their order, in whatever order other keys stand', () => {
    assert.equal(verdict('{"a":1,"a":2,"b":3}', '{"b":3,"a":1,"a":2}'), 'equal')
    assert.deepEqual(counts('{"a":1,"a":2}', '{"b":0,"a":1}'), { equal: 1, missing: 1, extra: 1 })
    assert.deepEqual(counts('{"b":0,"a":1,"a":2,"a":3}', '{"a":1,"a":2,"b":0,"a":9}'), { equal: 3, different: 1 })
  })

  test('places that are ignored are looked at by nobody, whatever stands there and on which side', () => {
    const ignore = ['at', 'items[*].id', '**.trace']
    const left = '{"at":1,"items":[{"id":1,"x":1},{"id":2,"x":2}],"deep":{"trace":{"a":1}}}'
    const right = '{"items":[{"x":1,"id":"y"},{"x":2}],"deep":{"trace":[]},"trace":0}'
    assert.deepEqual(counts(left, right, { ignore }), { equal: 2, ignored: 5 })
  })

  test('fields are places without their indexes, the worst first, each with its worst place', () => {
    const left = '{"p":[{"s":1.0,"t":"x"},{"s":2.0,"t":"x"},{"s":3.0,"t":"x"}],"q":1.0}'
    const right = '{"p":[{"s":1.0,"t":"x"},{"s":2.5,"t":"x"},{"s":3.1,"t":"y"}],"q":1.0000001}'
    const { fields, worst } = compareJson(left, right, { relative: 1e-6 })
    assert.deepEqual(
      fields.map(({ field }) => field),
      ['p[].t', 'p[].s', 'q']
    )
    assert.deepEqual(worst, {
      kind: 'different',
      path: 'p[2].t',
      left: '"x"',
      right: '"y"',
      relative: Infinity,
      source: ''
    })
    const [, score] = fields
    assert.equal(score?.worst?.path, 'p[1].s')
    assert.deepEqual([score?.equal, score?.different, score?.maxRelative, score?.maxAbsolute], [1, 2, 0.2, 0.5])
    assert.equal(fields[2]?.within, 1)
  })

  test('a key that is no plain name stands quoted in a path', () => {
    const { fields } = compareJson('{"a.b":{"":[[1]]}}', '{"a.b":{"":[[2]]}}')
    assert.deepEqual([fields[0]?.field, fields[0]?.worst?.path], ['["a.b"][""][][]', '["a.b"][""][0][0]'])
  })

  test('further fields than are told apart are counted together', () => {
    const object = (value: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, { v: value }])))
    const { fields, different } = compareJson(object(1), object(2), { maxFields: 11 })
    assert.equal(different, 50)
    assert.equal(
      fields.reduce((sum, field) => sum + field.different, 0),
      50
    )
    assert.ok(fields.length <= 11)
    assert.ok(fields.some(({ field }) => field === '…'))
  })

  test('many pairs add up, and each difference names its pair', () => {
    const comparer = createComparer({ relative: 0.01 })
    assert.equal(verdictOf(comparer.compare('{"a":1.0}', '{"a":1.001}', 'one')), 'within')
    assert.equal(verdictOf(comparer.compare('{"a":1.0}', '{"a":2.0}', 'two')), 'different')
    const { equal, within, different, worst } = comparer.differences()
    assert.deepEqual([equal, within, different, worst?.source], [0, 1, 1, 'two'])
  })

  test('values deeper than the bound are refused on either side, also behind reordered keys', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    assert.equal(verdict(deep(256), deep(256)), 'equal')
    const pairs = [
      [deep(257), '1'],
      ['1', deep(257)],
      [deep(257), deep(257)],
      [`{"a":${deep(256)},"b":1}`, `{"b":1,"a":${deep(256)}}`]
    ]
    for (const [left = '', right = ''] of pairs)
      assert.throws(() => compareJson(left, right), { code: 'ABOX_JSON_TOO_DEEP' })
  })

  test('what is no JSON is refused on either side', () => {
    for (const bad of ['', '{', '[1,]', '{"a":1,"a"}', 'nul', '1 2', '"\u0001"', '[1}', '{"a":01}']) {
      for (const good of ['{"a":1}', '[1]', '1', 'null']) {
        assert.throws(() => compareJson(bad, good), { code: 'ABOX_JSON_SYNTAX' }, bad)
        assert.throws(() => compareJson(good, bad), { code: 'ABOX_JSON_SYNTAX' }, bad)
      }
    }
  })

  test('of damaged texts only coded errors escape', () => {
    fc.assert(
      fc.property(json, json, fc.nat(), fc.nat(255), fc.boolean(), (left, right, place, byte, cut) => {
        const bytes = Buffer.from(left)
        if (bytes.length > 0) bytes[place % bytes.length] = byte
        const damaged = cut ? bytes.subarray(0, place % (bytes.length + 1)) : bytes
        for (const pair of [
          [damaged, Buffer.from(right)],
          [Buffer.from(right), damaged]
        ] as const) {
          try {
            compareJson(...pair, { ignore: ['**.a'] })
          } catch (error) {
            assert.ok(error instanceof AboxError && error.code.startsWith('ABOX_JSON_'), String(error))
          }
        }
      }),
      { numRuns: 2000 }
    )
  })

  test('with reordered keys at every one of 250 levels each string is read a few times, not once for each level', (t) => {
    let left = '1'
    let right = '1'
    for (let level = 0; level < 250; level++) {
      left = `{"a":${left},"b":"some text of this level","c":${level}}`
      right = `{"c":${level},"b":"some text of this level","a":${right}}`
    }
    const scan = t.mock.method(JsonReader.prototype, 'scanString')
    assert.equal(verdict(left, right), 'equal')
    assert.ok(scan.mock.callCount() < 250 * 4 * 2 * 2, `${scan.mock.callCount()} strings were read`)
  })
})
