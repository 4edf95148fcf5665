import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes, HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { expectedJson, parseJson } from './expected-json.ts'
import { bodyFiles, bodyOf, golden, goldenFrames, type TypedJson } from './golden.ts'
import { assertTyped } from './typed-json.ts'

for (const file of bodyFiles) {
  test(`the bodies of ${file} decode to what Java decoded from them`, () => {
    for (const frame of goldenFrames(file)) {
      const values = decodeBytes(bodyOf(frame))
      assert.equal(values.length, frame.body?.length, frame.name)
      for (const [i, value] of values.entries()) {
        assertTyped(frame.body?.[i] as TypedJson, value, `${frame.name}: item ${i}`)
      }
    }
  })

  test(`the JSON of the bodies of ${file} holds what Java decoded from them`, () => {
    for (const frame of goldenFrames(file)) {
      const texts = jsonOf(bodyOf(frame))
      for (const [i, text] of texts.entries()) {
        const found = parseJson(text)
        assert.deepEqual(found, expectedJson(frame.body?.[i] as TypedJson, found), `${frame.name}: item ${i}`)
      }
    }
  })
}

test('a typed request of a Java consumer as JSON, to the letter', () => {
  const [, , , method, , argument] = jsonOf(bodyOf(golden('request-typed', '3.3.6 typed rank')))
  assert.equal(method, '"rank"')
  assert.equal(
    argument,
    '{"class":"com.example.rank.RankRequest","keys":["k1",null,"k3"],"slots":[1,-1,300000],' +
      '"names":{"9007199254740993":"big"},"history":[{"class":"com.example.rank.BaseItem","level":null,"title":"base",' +
      '"id":8},{"class":"com.example.rank.ItemScore","level":"HIGH","tags":["t1"],"detail":{"a":1.0},' +
      '"parts":[1.0,2.5,0.9],"title":"item-9","id":9,"clicked":null,"fresh":true,"position":3,"weight":1.5,' +
      '"boxedScore":1.8,"score":0.9},{"class":"com.example.rank.BaseItem","level":null,"title":"base","id":8}],' +
      '"anchor":{"class":"com.example.rank.ItemScore","level":"HIGH","tags":["t1"],"detail":{"a":1.0},' +
      '"parts":[1.0,2.5,0.7],"title":"item-7","id":7,"clicked":null,"fresh":true,"position":3,"weight":1.5,' +
      '"boxedScore":1.4,"score":0.7},"ctx":{"os":"ios","age":33,"ratio":0.5,"uid":9007199254740993,"vip":true,' +
      '"none":null,"list":[1,2,3.0,"x"]},"budget":123456789.987654321,"local":"2024-02-29T23:59:58.123456789",' +
      '"at":1700000000123,"level":"MIDDLE","blob":"AAcOFRwjKjE4P0ZNVFtiaXB3foU=",' +
      '"embedding":[0.10000000149011612,1.100000023841858,-2.0],"matrix":[[1.0,2.0],[3.5,4.0]],' +
      '"features":[0.0,1.0,0.25,-3.14159,1e300],"itemIds":[1,2147483648,9007199254740993],"debug":true,"limit":null,' +
      '"scene":"home中文😀","sessionId":-9007199254740993,"userId":9007199254740993}'
  )
})

test('the bodies that Java could not read are refused or read, never more', () => {
  for (const { sent } of goldenFrames('malformed') as unknown as { sent: string }[]) {
    const body = Buffer.from(sent, 'hex').subarray(16)
    try {
      decodeBytes(body)
    } catch (error) {
      assert.match(String((error as { code?: unknown }).code), /^ABOX_HESSIAN_/)
    }
  }
})

test('a fastjson2 body is refused', () => {
  const [request] = goldenFrames('fastjson2')
  assert.ok(request !== undefined)
  assert.throws(() => decodeBytes(bodyOf(request)), /ABOX_HESSIAN_/)
})

test('the bodies of events are null or one letter', () => {
  const hex = goldenFrames('event').flatMap((frame) => frame.hex ?? [])
  assert.ok(hex.length > 0)
  for (const frame of hex) assert.deepEqual(decodeBytes(Buffer.from(frame, 'hex').subarray(16)), [null])
})

function jsonOf(body: Buffer): string[] {
  const scan = new HessianScan(body, 0, body.length)
  const texts: string[] = []
  while (scan.pos < scan.end) {
    const sink = new JsonSink()
    writeJson(scan, scan.skip(), sink)
    texts.push(sink.take().toString('utf8'))
  }
  return texts
}
