import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeValue, HessianScan } from '#lib/hessian2'
import { cls, plain, refused, str, wire } from './wire.ts'

const scanOf = (...parts: (string | Buffer)[]) => {
  const bytes = wire(...parts)
  return new HessianScan(bytes, 0, bytes.length)
}

test('the strings and ints of a header are read one by one', () => {
  const scan = scanOf(str('2.0.2'), str('com.example.A'), '4e 91')
  assert.equal(scan.readString(), '2.0.2')
  assert.equal(scan.readStringOrNull(), 'com.example.A')
  assert.equal(scan.readStringOrNull(), null)
  assert.equal(scan.readInt(), 1)
  refused('ABOX_HESSIAN_TRUNCATED', () => scan.readString())
})

test('another kind than the place requires is refused and named', () => {
  assert.match(refused('ABOX_HESSIAN_TAG', () => scanOf('91').readString()).message, /0x91 \(int\), expected a string/)
  assert.match(refused('ABOX_HESSIAN_TAG', () => scanOf('4e').readString()).message, /0x4e \(null\), expected a string/)
  assert.match(refused('ABOX_HESSIAN_TAG', () => scanOf('e1').readInt()).message, /0xe1 \(long\), expected an int/)
})

test('what comes next can be asked without reading it', () => {
  const kinds = [
    '4e',
    '54',
    '91',
    'e1',
    '5c',
    '4b00000000',
    '0161',
    '2161',
    '78',
    '485a',
    '60',
    '43',
    '5190',
    '5a',
    '40'
  ]
  const names = 'null boolean int long double date string binary list map object class ref end invalid'
  assert.equal(kinds.map((hex) => scanOf(hex).peek()).join(' '), names)
  assert.equal(scanOf('').peek(), 'end')
})

test('a map is read entry by entry, its scalars as text and the rest passed', () => {
  const entries = wire(str('a'), str('x'), str('b'), '97 5c', '54 e0 4e', str('c'), '79 01 7a', str('d'), '4b 00000001')
  const scan = scanOf('48', entries, '5a 91')
  assert.equal(scan.enterMap(), true)
  const found: unknown[] = []
  while (!scan.atEnd()) found.push([scan.readText(), scan.readText()])
  assert.deepEqual(found, [
    ['a', 'x'],
    ['b', '7'],
    ['1', 'true'],
    ['0', undefined],
    ['c', undefined],
    ['d', '60000']
  ])
  assert.equal(scan.readInt(), 1)
})

test('a typed map is entered like an untyped one, and a null is no map', () => {
  const typed = scanOf('4d', str('java.util.TreeMap'), '5a')
  assert.equal(typed.enterMap(), true)
  assert.equal(typed.atEnd(), true)
  assert.equal(scanOf('4e').enterMap(), false)
  refused('ABOX_HESSIAN_TAG', () => scanOf('78').enterMap())
  refused('ABOX_HESSIAN_TRUNCATED', () => {
    const scan = scanOf('48')
    scan.enterMap()
    scan.atEnd()
  })
})

test('a map that was entered has its reference number, and so have the values inside', () => {
  const scan = scanOf('48 01 61 78 5a 51 91')
  scan.enterMap()
  scan.readText()
  const list = scan.skip()
  assert.equal(scan.atEnd(), true)
  assert.deepEqual(decodeValue(scan, scan.skip()), decodeValue(scan, list))
})

test('the items of a list are found one by one, in every form of list', () => {
  for (const hex of ['7a 91 0161', '58 92 91 0161', '57 91 0161 5a', '72 01 78 91 0161', '55 01 78 91 0161 5a']) {
    const scan = scanOf(hex)
    const [first, second, ...more] = scan.skipItems()
    assert.equal(plain(decodeValue(scan, first as number)), 1)
    assert.equal(scan.stringAt(second as number), 'a')
    assert.equal(more.length, 0)
    assert.equal(scan.pos, scan.end)
  }
  assert.deepEqual(scanOf('4e').skipItems(), [])
  refused('ABOX_HESSIAN_TAG', () => scanOf('91').skipItems())
})

test('the items of a list sent before are found again, and the tables are as they were', () => {
  const scan = scanOf('79 7b', cls('A', 'f'), '60 90 70', str('[int'), '48 5a', '51 91', '61')
  scan.skip()
  const tables = () => [scan.refOffsets.length, scan.classOffsets.length, scan.typeOffsets.length]
  const before = tables()
  const offsets = scan.skipItems()
  assert.deepEqual(tables(), before)
  assert.equal(offsets.length, 3)
  assert.deepEqual(
    offsets.map((offset) => scan.bytes[offset]),
    [0x43, 0x70, 0x48]
  )
  refused('ABOX_HESSIAN_REF', () => scan.skip())
})

test('a reference to something else than a list has no items', () => {
  const scan = scanOf('48 5a 51 90')
  scan.skip()
  refused('ABOX_HESSIAN_TAG', () => scan.skipItems())
})
