import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { readTyped } from '#lib/hessian2'
import type { LineConverter } from '../../../../src/apps/cli/convert-lines.ts'
import { decodeLines, encodeLines, reencodeLines } from '../../../../src/apps/cli/hessian-lines.ts'
import { bodyFiles, bodyOf, goldenFrames, type TypedJson } from '../../lib/hessian2/golden.ts'
import { assertTyped } from '../../lib/hessian2/typed-json.ts'

/** What a converter prints for a line; of one that it refuses, what it prints for the error. */
function printed(converter: LineConverter, line: string | Buffer): string {
  try {
    return converter.convert(Buffer.from(line)).text.toString()
  } catch (error) {
    return converter.refuse(AboxError.from(error))
  }
}

const decode = (line: string, values = Number.POSITIVE_INFINITY, pretty = false): string =>
  printed(decodeLines({ base64: false, values, pretty }), line)
const encode = (line: string | Buffer): string => printed(encodeLines(), line)
const refusal = (line: string | Buffer): string => {
  try {
    encodeLines().convert(Buffer.from(line))
  } catch (error) {
    return AboxError.from(error).message
  }
  return ''
}

test('decode prints all values of a line, which share their numbers', () => {
  assert.equal(
    decode('78 91 5190'),
    '{"ok":true,"values":[{"t":"list","id":0,"v":[]},{"t":"int","v":1},{"t":"ref","v":0}],"rest":0}'
  )
  assert.equal(decode(''), '{"ok":true,"values":[],"rest":0}')
})

test('decode stops after as many values as it was asked for, and says how many bytes are left', () => {
  assert.equal(decode('919293', 2), '{"ok":true,"values":[{"t":"int","v":1},{"t":"int","v":2}],"rest":1}')
  assert.equal(decode('91ff', 1), '{"ok":true,"values":[{"t":"int","v":1}],"rest":1}')
  assert.equal(decode('91', 5), '{"ok":true,"values":[{"t":"int","v":1}],"rest":0}')
})

test('decode says of a line that it cannot read why and where', () => {
  const { ok, error } = JSON.parse(decode('91 79')) as { ok: boolean; error: Record<string, unknown> }
  assert.equal(ok, false)
  assert.deepEqual(Object.keys(error), ['code', 'message', 'offset'])
  assert.equal(error['code'], 'ABOX_HESSIAN_TRUNCATED')
  assert.equal(error['offset'], 2)
  assert.match(decode('9'), /^\{"ok":false,"error":\{"code":"ABOX_CLI_BYTES","message":"[^"]+","offset":null\}\}$/)
})

test('decode takes base64 when it is told to', () => {
  const converter = decodeLines({ base64: true, values: Number.POSITIVE_INFINITY, pretty: false })
  assert.equal(printed(converter, 'kQ=='), '{"ok":true,"values":[{"t":"int","v":1}],"rest":0}')
})

test('a pretty line has the same content', () => {
  const body = bodyOf(goldenFrames('request-typed')[0] as never).toString('hex')
  const pretty = decode(body, Number.POSITIVE_INFINITY, true)
  assert.ok(pretty.split('\n').length > 50)
  assert.deepEqual(JSON.parse(pretty), JSON.parse(decode(body)))
})

test('encode takes what decode prints, an array of values and a value alone', () => {
  for (const line of [
    '{"ok":true,"values":[{"t":"int","v":1}],"rest":3}',
    '[{"t":"int","v":1}]',
    ' {"t":"int","v":1} '
  ])
    assert.equal(encode(line), '91')
  assert.equal(encode(''), '')
  assert.equal(encode('[]'), '')
})

test('encode prints an empty line for what it cannot read, and the reason names the place', () => {
  for (const [line, reason] of [
    ['{"ok":false,"error":{}}', /a line that could not be decoded/],
    ['{"ok":true}', /no "values"/],
    ['{"ok":true,"values":[{"t":"int","v":"1"}]}', /values\[0\]\.v: found "1"/],
    ['{"t":"int"}', /v: found nothing/],
    ['x', /no JSON text/],
    [Buffer.of(0x22, 0xff, 0x22), /UTF-8/]
  ] as const) {
    assert.equal(encode(line), '')
    assert.match(refusal(line), reason)
  }
})

test('reencode gives other spellings of a value the one of this library', () => {
  const converter = reencodeLines(false)
  assert.equal(printed(converter, '4900000001'), '91')
  assert.equal(printed(converter, '57 91 5a'), '7991')
  assert.equal(printed(converter, '79'), '')
  assert.equal(printed(converter, 'zz'), '')
})

for (const file of bodyFiles) {
  test(`the bodies of ${file} decode to what Java read in them, encode and reencode to themselves`, () => {
    const reencode = reencodeLines(false)
    for (const frame of goldenFrames(file)) {
      const hex = bodyOf(frame).toString('hex')
      const line = decode(hex)
      const { ok, values, rest } = JSON.parse(line) as { ok: boolean; values: unknown[]; rest: number }
      assert.deepEqual([ok, values.length, rest], [true, frame.body?.length, 0], frame.name)
      for (const [i, value] of readTyped(values).entries())
        assertTyped(frame.body?.[i] as TypedJson, value, `${frame.name}: item ${i}`)
      assert.equal(encode(line), hex, frame.name)
      assert.equal(printed(reencode, hex), hex, frame.name)
    }
  })
}

test('every hex of the fixtures gets a line of JSON, whatever it is', () => {
  let lines = 0
  for (const file of [...bodyFiles, 'event', 'fastjson2', 'malformed']) {
    const url = new URL(`../../../fixtures/dubbo/${file}.json`, import.meta.url)
    for (const [hex] of readFileSync(url, 'utf8').matchAll(/(?<=")dabb[0-9a-f]*(?=")/g)) {
      assert.equal(typeof (JSON.parse(decode(hex.slice(32))) as { ok: unknown }).ok, 'boolean')
      lines++
    }
  }
  assert.ok(lines > 500, `${lines} lines`)
})
