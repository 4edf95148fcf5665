import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonSink } from '#lib/json'

function write(fill: (sink: JsonSink) => void, initialBytes = 4): string {
  const sink = new JsonSink(initialBytes)
  fill(sink)
  return sink.take().toString('utf8')
}

test('any string is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
      assert.equal(
        write((sink) => sink.string(text)),
        JSON.stringify(text)
      )
    }),
    { numRuns: 2000 }
  )
})

test('lone surrogates and control characters are escaped, in short and long strings', () => {
  for (const text of [
    '\ud800',
    'a\udc00',
    '\u0000',
    '"\\',
    '\u007f',
    `${'x'.repeat(100)}\ud83d`,
    `${'中'.repeat(100)}\n`
  ]) {
    assert.equal(
      write((sink) => sink.string(text)),
      JSON.stringify(text)
    )
  }
})

test('long strings are written whole', () => {
  for (const text of ['a'.repeat(100_000), '中'.repeat(30_000), '😀'.repeat(30_000)]) {
    assert.equal(
      write((sink) => sink.string(text)),
      JSON.stringify(text)
    )
  }
})

test('a whole number is written with its digits', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      assert.equal(
        write((sink) => sink.integer(value)),
        String(value)
      )
    })
  )
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000, max: 2_000_000 }), (value) => {
      assert.equal(
        write((sink) => sink.integer(value)),
        String(value)
      )
    })
  )
})

test('a double reads back as the same double and looks like one', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = write((sink) => sink.double(value))
      assert.ok(Object.is(Number(text), value), text)
      assert.match(text, /[.e]|NaN|Infinity/)
    }),
    { numRuns: 5000 }
  )
})

test('doubles are written in their shortest form', () => {
  const cases: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.25, '0.25'],
    [1e300, '1e300'],
    [1e-7, '1e-7']
  ]
  for (const [value, text] of cases)
    assert.equal(
      write((sink) => sink.double(value)),
      text
    )
  assert.equal(
    write((sink) => sink.double(123456789012345680000)),
    '123456789012345680000.0'
  )
})

test('bytes are written as a Base64 string', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(
        write((sink) => sink.base64(Buffer.from(bytes))),
        `"${Buffer.from(bytes).toString('base64')}"`
      )
    })
  )
})

test('parts of other buffers are copied as they are', () => {
  for (const size of [0, 3, 100]) {
    const source = Buffer.from('x'.repeat(size + 2))
    assert.equal(
      write((sink) => sink.raw(source, 1, size + 1)),
      'x'.repeat(size)
    )
  }
})

test('reset forgets what was written', () => {
  const sink = new JsonSink()
  sink.ascii('true')
  sink.reset()
  sink.bigint(2n ** 70n)
  assert.equal(sink.take().toString(), '1180591620717411303424')
})

test('more than the limit is refused when it is taken and soon while it is written', () => {
  const sink = new JsonSink(16, 100)
  sink.ascii('1'.repeat(100))
  assert.equal(sink.take().length, 100)
  sink.byte(0x31)
  assert.throws(() => sink.take(), { code: 'ABOX_JSON_TOO_LARGE', message: /101 bytes so far, at most 100/ })
  const flood = new JsonSink(16, 1000)
  assert.throws(
    () => {
      for (;;) flood.string('aaaa')
    },
    { code: 'ABOX_JSON_TOO_LARGE' }
  )
  assert.ok(flood.bytes.length <= 4096)
})
