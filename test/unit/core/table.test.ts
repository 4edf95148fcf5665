import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderTable } from '#core/table'

test('a table has its heads, a rule, numbers on the right and no trailing spaces', () => {
  const text = renderTable([
    { name: 'a', calls: 5 },
    { name: 'long name', calls: 12345 }
  ])
  assert.equal(text, ['name       calls', '---------  -----', 'a              5', 'long name  12345'].join('\n'))
})
