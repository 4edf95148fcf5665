import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { prettyJson } from '../../../../src/apps/cli/pretty-json.ts'

test('pretty JSON is the same JSON', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(JSON.parse(prettyJson(text)), JSON.parse(text))
    })
  )
})

test('what fits stays on one line, what does not gets a line for each part', () => {
  assert.equal(prettyJson('{"a":[1,{"b":"\\ud800"}]}'), '{"a": [1, {"b": "\\ud800"}]}')
  const long = 'x'.repeat(80)
  assert.equal(
    prettyJson(JSON.stringify({ a: [long, long], b: {}, c: [] })),
    `{\n  "a": [\n    "${long}",\n    "${long}"\n  ],\n  "b": {},\n  "c": []\n}`
  )
})

test('no line is longer than it must be', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: 'grapheme-ascii' }), (text) => {
      for (const line of prettyJson(text).split('\n')) {
        if (line.length <= 112) continue
        assert.match(line, /^ *("(\\.|[^"\\])*": )?("(\\.|[^"\\])*"|[-\d.e+]+|[[{]),?$/)
      }
    })
  )
})

test('deep nesting is laid out without end', () => {
  const text = '['.repeat(800) + ']'.repeat(800)
  assert.deepEqual(JSON.parse(prettyJson(text)), JSON.parse(text))
})
