import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SOURCE_ESCAPES } from '../../integration/lib/sandbox/bad-sources.ts'
import { ESCAPES } from '../../integration/lib/sandbox/escapes.ts'
import { codesOf, readText, tableUnder } from './markdown.ts'

describe('docs/security.md', () => {
  test('lists every escape attempt that is tested, in order, with how it ends, and no other', () => {
    const { rows } = tableUnder(readText('docs/security.md'), 'Escape attempts')
    const listed = rows.map(([test = '', end = '']) => [test.replaceAll('`', ''), codesOf(end)[0] ?? ''])
    const refused = SOURCE_ESCAPES.map(({ name }) => [name, 'ABOX_HOOK_COMPILE'])
    const called = ESCAPES.map(({ name, code, answer = '' }) => [
      name,
      code === undefined ? answer : `ABOX_HOOK_${code}`
    ])
    assert.deepEqual(listed, [...refused, ...called])
  })
})
