import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { JsonReader } from '#lib/json'

/** Reads any value into what JSON.parse would make of it. */
function build(reader: JsonReader): unknown {
  switch (reader.peek()) {
    case 'object': {
      const result: Record<string, unknown> = {}
      if (reader.enterObject()) {
        do {
          const key = reader.readKey()
          Object.defineProperty(result, key, {
            value: build(reader),
            enumerable: true,
            configurable: true,
            writable: true
          })
        } while (reader.nextKey())
      }
      return result
    }
    case 'array': {
      const result: unknown[] = []
      if (reader.enterArray()) {
        do result.push(build(reader))
        while (reader.nextElement())
      }
      return result
    }
    case 'string':
      return reader.readString()
    case 'number':
      return reader.readNumber()
    case 'null':
      reader.readNull()
      return null
    case 'true':
    case 'false':
      return reader.readBoolean()
    case 'end':
      throw new Error('the value is missing')
  }
}

function parse(text: string | Buffer): unknown {
  const reader = new JsonReader(Buffer.from(text as string))
  const value = build(reader)
  reader.assertEnd()
  return value
}

function skipAll(text: string): void {
  const reader = new JsonReader(Buffer.from(text))
  reader.skip()
  reader.assertEnd()
}

function skips(bytes: Buffer): boolean {
  try {
    const reader = new JsonReader(bytes)
    reader.skip()
    reader.assertEnd()
    return true
  } catch (error) {
    assert.ok(error instanceof AboxError, String(error))
    return false
  }
}

test('any JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
      const spaced = JSON.stringify(JSON.parse(text), null, space)
      assert.deepEqual(parse(spaced), JSON.parse(spaced))
    })
  )
})

test('a text is accepted exactly when JSON.parse accepts it', () => {
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '\\ud83d',
      '0',
      '01',
      '-',
      '1',
      '.',
      '.5',
      'e',
      'E+1'
    ],
    ...['1e5', 'true', 'false', 'null', 'nul', ' ', '\n', '\t', '\u00a0', '\u0001', '\ufeff', 'é', '😀', '/', "'", '+1']
  )
  const accepted = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('')
      assert.equal(skips(Buffer.from(text)), accepted(text), text)
    }),
    { numRuns: 20_000 }
  )
})

test('a damaged JSON text is accepted exactly when JSON.parse accepts it', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.integer({ min: 0, max: 127 }), (text, at, byte) => {
      const bytes = Buffer.from(text)
      bytes[at % bytes.length] = byte
      let expected = true
      try {
        JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
      } catch {
        expected = false
      }
      assert.equal(skips(bytes), expected, bytes.toString('latin1'))
    }),
    { numRuns: 2000 }
  )
})

test('bare NaN, Infinity and -Infinity are numbers', () => {
  assert.deepEqual(parse('[NaN, Infinity,-Infinity ]'), [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY
  ])
})

test('words that only begin like NaN and Infinity are refused', () => {
  for (const text of ['Na', 'Nan', '-NaN', 'Infinit', '+Infinity', '-I', 'NaN0', 'Infinityy']) {
    assert.equal(skips(Buffer.from(text)), false, text)
  }
})

test('invalid UTF-8 inside a string is refused', () => {
  for (const hex of [
    '80',
    'c0af',
    'c3',
    'e08080',
    'eda080',
    'eda0bdedb880',
    'f0808080',
    'f4908080',
    'f8888080',
    'e4b8',
    'ff'
  ]) {
    const bytes = Buffer.concat([Buffer.from('"'), Buffer.from(hex, 'hex'), Buffer.from('"')])
    assert.equal(skips(bytes), false, hex)
  }
})

test('the UTF-16 length of a string is known without building it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const reader = new JsonReader(Buffer.from(JSON.stringify(text)))
      reader.scanString()
      assert.equal(reader.stringUnits, text.length)
      assert.equal(reader.stringText(), text)
      assert.equal(reader.stringAstral, /[\u{10000}-\u{10ffff}]/u.test(text))
    })
  )
})

test('escapes and lone surrogates are resolved as JSON.parse resolves them', () => {
  const text = '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE00\\ud800x\\uDC00"'
  assert.equal(parse(text), JSON.parse(text))
})

test('keys such as __proto__ are ordinary keys', () => {
  const reader = new JsonReader(Buffer.from('{"__proto__":1}'))
  assert.equal(reader.enterObject(), true)
  assert.equal(reader.readKey(), '__proto__')
})

test('keyIs compares plain, escaped and non-ASCII keys', () => {
  for (const [key, name, same] of [
    ['"abc"', 'abc', true],
    ['"abd"', 'abc', false],
    ['"ab"', 'abc', false],
    ['"\\u0061bc"', 'abc', true],
    ['"中"', '中', true],
    ['"中"', '中中', false]
  ] as const) {
    const reader = new JsonReader(Buffer.from(`{${key}:1}`))
    reader.enterObject()
    assert.equal(reader.keyIs(name), same, key)
    assert.equal(reader.readNumber(), 1)
  }
})

test('skipKey consumes a key that has just these bytes and leaves any other', () => {
  const key = Buffer.from('"id":')
  for (const [json, skipped] of [
    ['{"id":1}', true],
    ['{"id": 1}', true],
    ['{"id" :1}', false],
    ['{"\\u0069d":1}', false],
    ['{"idx":1}', false],
    ['{"i":1}', false],
    ['{"id"', false]
  ] as const) {
    const reader = new JsonReader(Buffer.from(json))
    reader.enterObject()
    assert.equal(reader.skipKey(key), skipped, json)
    assert.equal(reader.pos, skipped ? 6 : 1, json)
  }
  const cut = new JsonReader(Buffer.from('{"id":1}'), 0, 5)
  cut.enterObject()
  assert.equal(cut.skipKey(key), false)
})

test('nesting is allowed up to the limit and refused above it', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth))
  new JsonReader(nested(257), 0, 514, 257).skip()
  const ok = new JsonReader(Buffer.from(`${'[1,'.repeat(255)}[2]${']'.repeat(255)}`))
  ok.skip()
  ok.assertEnd()
  assert.throws(() => new JsonReader(nested(300)).skip(), { code: 'ABOX_JSON_TOO_DEEP', offset: 256 })
})

test('siblings do not add up to depth', () => {
  const reader = new JsonReader(Buffer.from(`[${'[[1]],'.repeat(1000)}0]`), 0, undefined, 4)
  reader.skip()
  reader.assertEnd()
})

test('nothing behind the given end is read', () => {
  const reader = new JsonReader(Buffer.from('xx12345'), 2, 4)
  assert.equal(reader.readNumber(), 12)
  assert.equal(reader.peek(), 'end')
  reader.assertEnd()
})

test('an error names offset, finding and expectation', () => {
  assert.throws(() => parse('[1 2]'), {
    message: 'ABOX_JSON_SYNTAX: at byte 3: found "2", expected "," or "]"',
    offset: 3
  })
  assert.throws(() => parse('{"a" 1}'), { message: 'ABOX_JSON_SYNTAX: at byte 5: found "1", expected ":" after a key' })
  assert.throws(() => parse('"a\n"'), {
    message: 'ABOX_JSON_SYNTAX: at byte 2: found byte 0x0a, expected the rest of a string'
  })
  assert.throws(() => skipAll('[1,'), { message: /at byte 3: found the end, expected a value/ })
})

test('in random bytes only coded errors occur', () => {
  const limit = performance.now() + 1000
  while (performance.now() < limit) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        skips(Buffer.from(bytes))
      }),
      { numRuns: 2000 }
    )
  }
})
