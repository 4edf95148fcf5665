import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { cls, json, long, refused, str, wire } from './wire.ts'

const bean = (name: string, ...fields: string[]) => cls(`com.example.${name}`, ...fields)

test('null, booleans, lists and maps are their JSON', () => {
  assert.equal(json(wire('7c 4e 54 46 48 01 61 90 01 62 78 5a')), '[null,true,false,{"a":0,"b":[]}]')
  assert.equal(json(wire('57 90 91 5a')), '[0,1]')
  assert.equal(json(wire('48 5a')), '{}')
})

test('types of lists and maps leave no trace', () => {
  assert.equal(json(wire('72', str('[int'), '90 91')), '[0,1]')
  assert.equal(json(wire('55', str('a.B'), '90 5a')), '[0]')
  assert.equal(json(wire('4d', str('java.util.TreeMap'), '01 61 90 5a')), '{"a":0}')
})

test('dates are milliseconds since 1970', () => {
  assert.equal(json(wire('4a 0000018bcfe5687b')), '1700000000123')
  assert.equal(json(wire('4b ffffffff')), '-60000')
  assert.equal(json(wire('4a 7fffffffffffffff')), '9223372036854775807')
})

test('an object carries its class before its fields, in the order of the wire', () => {
  assert.equal(json(wire(bean('Point', 'x', 'y'), '60 91 5c')), '{"class":"com.example.Point","x":1,"y":1.0}')
  assert.equal(json(wire(bean('Empty'), '60')), '{"class":"com.example.Empty"}')
  assert.equal(json(wire(bean('Sub', 'a', 'a'), '60 91 99')), '{"class":"com.example.Sub","a":1,"a":9}')
})

test('names of classes, fields and keys are escaped like any string', () => {
  assert.equal(json(wire(cls('a"b', '中\n', 'ok'), '60 90 91')), '{"class":"a\\"b","中\\n":0,"ok":1}')
  assert.equal(json(wire('48', str('"😀'), '90', str('k'.repeat(40)), '91 5a')), `{"\\"😀":0,"${'k'.repeat(40)}":1}`)
})

test('keys that are scalars are their text', () => {
  assert.equal(
    json(wire('48 91 4e e2 4e 5c 4e 54 4e 4e 4e 4b 00000001 4e 5a')),
    '{"1":null,"2":null,"1.0":null,"true":null,"null":null,"60000":null}'
  )
  assert.equal(json(wire('48', long(9007199254740993n), '4e 5a')), '{"9007199254740993":null}')
})

test('keys that are enums or values of java.time are their text, directly and by reference', () => {
  const level = cls('com.example.Level', 'name')
  assert.equal(json(wire('48', level, '60 04 48494748 91 5a')), '{"HIGH":1}')
  assert.equal(json(wire('7a', level, '60 04 48494748 48 51 91 91 5a')), '["HIGH",{"HIGH":1}]')
  const decimal = cls('java.math.BigDecimal', 'value')
  assert.equal(json(wire('48', decimal, '60 03 312e30 91 5a')), '{"1.0":1}')
})

test('keys without a text are refused and named', () => {
  const wrong: [Buffer, RegExp][] = [
    [wire('48 78 90 5a'), /the key of a map is a list/],
    [wire('48 48 5a 90 5a'), /is a map/],
    [wire('48 20 90 5a'), /is a binary/],
    [wire('48 51 90 90 5a'), /is a map/],
    [wire('48', bean('Point', 'x', 'y'), '60 90 90 90 5a'), /is an object of com.example.Point/]
  ]
  for (const [bytes, message] of wrong) {
    assert.match(refused('ABOX_HESSIAN_KEY', () => json(bytes)).message, message)
  }
})

test('an object that is referred to again is written again', () => {
  assert.equal(json(wire('7b 79 91 51 91 51 91')), '[[1],[1],[1]]')
  const twice = wire('7a', bean('Point', 'x'), '60 91 51 91')
  assert.equal(json(twice), '[{"class":"com.example.Point","x":1},{"class":"com.example.Point","x":1}]')
})

test('a reference may lead to an earlier value of the same stream', () => {
  const bytes = wire('79', bean('Point', 'x'), '60 91 51 91')
  assert.equal(json(bytes), '{"class":"com.example.Point","x":1}')
})

test('a value that contains itself is refused', () => {
  for (const hex of ['79 51 90', '48 01 61 51 90 5a', '79 79 51 90', '79 48 01 61 51 90 5a', '79 57 51 91 5a']) {
    refused('ABOX_HESSIAN_CYCLE', () => json(wire(hex)))
  }
  refused('ABOX_HESSIAN_CYCLE', () => json(wire(bean('Node', 'next'), '60 51 90')))
  refused('ABOX_HESSIAN_CYCLE', () => json(wire(bean('Node', 'cause'), '60 79 51 90')))
})

test("an exception that is its own cause has, in Java's terms, none", () => {
  const error = cls('java.lang.RuntimeException', 'detailMessage', 'cause')
  assert.equal(
    json(wire(error, '60 04 626f6f6d 51 90')),
    '{"class":"java.lang.RuntimeException","detailMessage":"boom","cause":null}'
  )
})

test('the sink gets its value behind what it holds, for each value of a stream', () => {
  const bytes = wire('91 02 6162 7a 4e 54')
  const scan = new HessianScan(bytes, 0, bytes.length)
  const sink = new JsonSink()
  for (let i = 0; i < 3; i++) {
    writeJson(scan, scan.skip(), sink)
    sink.byte(0x3b)
  }
  assert.equal(sink.take().toString(), '1;"ab";[null,true];')
})

test('values are written after the scan of later ones, in any order, any number of times', () => {
  const bytes = wire('7a', str('x'), bean('A', 'f'), '60 90', '79', bean('B', 'g'), '61 51 91')
  const scan = new HessianScan(bytes, 0, bytes.length)
  const [first, second] = [scan.skip(), scan.skip()]
  const write = (offset: number) => {
    const sink = new JsonSink()
    writeJson(scan, offset, sink)
    return sink.take().toString()
  }
  const texts = [write(second), write(first), write(second)]
  const a = '{"class":"com.example.A","f":0}'
  assert.deepEqual(texts, [
    `[{"class":"com.example.B","g":${a}}]`,
    `["x",${a}]`,
    `[{"class":"com.example.B","g":${a}}]`
  ])
})

test('the limit of the sink is an error of its own', () => {
  const bytes = wire('53 4000', Buffer.alloc(0x4000, 'x'))
  const scan = new HessianScan(bytes, 0, bytes.length)
  refused('ABOX_JSON_TOO_LARGE', () => {
    const sink = new JsonSink(16, 1000)
    writeJson(scan, scan.skip(), sink)
    sink.take()
  })
})
