import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HDouble, HLong } from '#lib/hessian2'
import { refused } from './wire.ts'
import { hexAs, hexOf, valueAs } from './written.ts'

/** The hexadecimal form of a short ASCII string on the wire. */
const str = (text: string): string => hexOf((w) => w.string(text))
/** A class definition with all fields, and the code of its first object. */
const object = (name: string, ...fields: string[]): string =>
  `43${str(name)}${hexOf((w) => w.int(fields.length))}${fields.map(str).join('')}60`

test('every kind of number is written as the wire type that its Java type needs', () => {
  const cases: [string, string, string][] = [
    ['int', '3', '93'],
    ['java.lang.Integer', '12.0', '9c'],
    ['short', '-300', 'c6d4'],
    ['byte', '-128', 'c780'],
    ['long', '3', 'e3'],
    ['java.lang.Long', '9007199254740993', '4c0020000000000001'],
    ['long', '-9223372036854775808', '4c8000000000000000'],
    ['double', '3', '5d03'],
    ['double', '12.25', '5f00002fda'],
    ['java.lang.Double', '-0.0', '448000000000000000'],
    ['double', 'NaN', '447ff8000000000000'],
    ['double', '-Infinity', '44fff0000000000000'],
    ['float', '1.1', '5f0000044c'],
    ['java.lang.Number', '3', '93'],
    ['java.lang.Number', '3.5', '5f00000dac']
  ]
  for (const [type, json, hex] of cases) assert.equal(hexAs(type, json), hex, `${type} ${json}`)
})

test('a number that the Java type cannot hold is refused', () => {
  const cases: [string, string][] = [
    ['int', '2147483648'],
    ['int', '0.5'],
    ['int', '1e400'],
    ['short', '32768'],
    ['byte', '128'],
    ['long', '9223372036854775808'],
    ['long', '0.5'],
    ['long', 'NaN'],
    ['int', 'Infinity'],
    ['int', '"3"'],
    ['int', 'true'],
    ['double', '"3"'],
    ['double', '[1]'],
    ['java.math.BigInteger', '0.5'],
    ['java.math.BigDecimal', 'NaN'],
    ['java.math.BigDecimal', '"1,5"'],
    ['java.math.BigDecimal', '"1e9999999999"']
  ]
  for (const [type, json] of cases) refused('ABOX_ANSWER_TYPE', () => hexAs(type, json))
})

test('any long is written exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      assert.deepEqual(valueAs('long', String(value)), new HLong(value))
    })
  )
})

test('any double is written exactly', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const json = Object.is(value, -0) ? '-0.0' : JSON.stringify(value)
      assert.deepEqual(valueAs('double', json), new HDouble(value))
    })
  )
})

test('null is null for everything but primitives', () => {
  const boxes = ['java.lang.Integer', 'java.lang.Long', 'java.lang.Double', 'java.lang.Boolean', 'java.lang.Character']
  const others = ['java.lang.String', 'java.util.Date', 'java.time.Instant', 'java.math.BigDecimal', 'java.util.UUID']
  const containers = [
    'byte[]',
    'int[]',
    'java.util.List',
    'java.util.Map',
    'com.example.rank.Level',
    'java.lang.Object'
  ]
  for (const type of [...boxes, ...others, ...containers, 'java.math.BigInteger', 'com.example.rank.ItemScore']) {
    assert.equal(hexAs(type, 'null'), '4e', type)
  }
  for (const type of ['int', 'short', 'byte', 'long', 'double', 'float', 'boolean', 'char']) {
    refused('ABOX_ANSWER_TYPE', () => hexAs(type, 'null'))
  }
})

test('a boolean is only true or false', () => {
  assert.equal(hexAs('boolean', 'true'), '54')
  assert.equal(hexAs('java.lang.Boolean', ' false '), '46')
  for (const json of ['0', '"true"', '[]']) refused('ABOX_ANSWER_TYPE', () => hexAs('boolean', json))
})

test('a char is a string of one unit', () => {
  assert.equal(hexAs('char', '"c"'), '0163')
  assert.equal(hexAs('char', '"\\u4e2d"'), '01e4b8ad')
  for (const json of ['""', '"ab"', '"😀"', '7']) refused('ABOX_ANSWER_TYPE', () => hexAs('char', json))
})

test('a String comes only from a string', () => {
  assert.equal(hexAs('java.lang.String', '"a😀b"'), '0461eda0bdedb88062')
  for (const json of ['3', 'true', '{}']) refused('ABOX_ANSWER_TYPE', () => hexAs('java.lang.String', json))
})

test('a BigDecimal keeps the digits as they were written', () => {
  const head = object('java.math.BigDecimal', 'value')
  for (const digits of ['0.10', '1.50', '3', '1e300', '-12.340', '123456789012345678901234567890.123456789']) {
    assert.equal(hexAs('java.math.BigDecimal', digits), head + str(digits))
    assert.equal(hexAs('java.math.BigDecimal', `"${digits}"`), head + str(digits))
  }
})

test('a BigInteger is written as Java writes its own', () => {
  // From a Java provider: 123456789012345678901234567890.
  const fields =
    '96036d61671966697273744e6f6e7a65726f496e744e756d506c757354776f136c6f77657374536574426974506c757354776f106269744c656e677468506c75734f6e650f626974436f756e74506c75734f6e65067369676e756d60'
  const head = `43146a6176612e6d6174682e426967496e7465676572${fields}`
  const cases: [string, string][] = [
    ['123456789012345678901234567890', '74045b696e7491498ee90ff649c373e0ee494e3f0ad29090909091'],
    ['-1', '71045b696e7491909090908f'],
    ['0', '70045b696e749090909090'],
    ['4294967296', '72045b696e7491909090909091'],
    ['"18446744073709551615"', '72045b696e748f8f9090909091']
  ]
  for (const [json, hex] of cases) assert.equal(hexAs('java.math.BigInteger', json), head + hex, json)
})

test('an enum is an object with the name of one of its constants', () => {
  assert.equal(hexAs('com.example.rank.Level', '"HIGH"'), object('com.example.rank.Level', 'name') + str('HIGH'))
  const error = refused('ABOX_ANSWER_TYPE', () => hexAs('com.example.rank.Level', '"high"'))
  assert.match(error.message, /found "high", expected com\.example\.rank\.Level \(one of LOW, MIDDLE, HIGH\)/)
  refused('ABOX_ANSWER_TYPE', () => hexAs('com.example.rank.Level', '1'))
})

test('a UUID is an object with its text', () => {
  const text = '00000000-0000-0001-0000-000000000002'
  assert.equal(hexAs('java.util.UUID', ` "${text}"`), object('java.util.UUID', 'value') + str(text))
  refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.UUID', '"1-2"'))
})

test('byte[] comes from Base64 or from numbers that are bytes', () => {
  assert.equal(hexAs('byte[]', '"AQID"'), '23010203')
  assert.equal(hexAs('byte[]', '[1, 255, -1, 3.0]'), '2401ffff03')
  assert.equal(hexAs('byte[]', '[]'), '20')
  for (const json of ['"AQI"', '"A-_D"', '[256]', '[-129]', '["a"]', '[0.5]', '3']) {
    refused('ABOX_ANSWER_TYPE', () => hexAs('byte[]', json))
  }
})

test('a void method answers null whatever the value is', () => {
  assert.equal(hexAs('void', '{"a": [1]}'), '4e')
})

test('a number beyond the range of its type is refused, and an infinity that is written is not', () => {
  for (const [type, json] of [
    ['double', '1e400'],
    ['double', '-1e400'],
    ['float', '1e39'],
    ['java.lang.Float', '-3.5e38'],
    ['java.lang.Object', '1e400'],
    ['java.util.List<java.lang.Double>', '[1.0, 1e309]']
  ] as const) {
    assert.throws(() => valueAs(type, json), { code: 'ABOX_ANSWER_TYPE' }, `${type} ${json}`)
  }
  assert.deepEqual(valueAs('double', 'Infinity'), new HDouble(Infinity))
  assert.deepEqual(valueAs('float', '-Infinity'), new HDouble(-Infinity))
  assert.deepEqual(valueAs('float', '3.4028235e38'), new HDouble(3.4028235e38))
})
