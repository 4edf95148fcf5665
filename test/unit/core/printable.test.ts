import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printable, printableLines } from '#core/printable'

describe('texts of others on a terminal', () => {
  test('have their control characters escaped, of both sets, and nothing else', () => {
    assert.equal(printable('\u001b[31m\r\n\u0000\u009b1m\u007f'), '\\u001b[31m\\u000d\\u000a\\u0000\\u009b1m\\u007f')
    assert.equal(printable('a\tä€😀 \\u001b'), 'a\tä€😀 \\u001b')
  })

  test('may keep their lines', () => {
    assert.equal(printableLines('a\u0007\nb\u2028'), 'a\\u0007\nb\\u2028')
  })
})
