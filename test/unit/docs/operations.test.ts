import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codesOf, readText, tableUnder } from './markdown.ts'

/** What rises when all is well. */
const NO_FAULT = new Set(['abox_records_total', 'heartbeat'])

test('docs/operations.md says of every counter and every event of docs/metrics.md what to do', () => {
  const metrics = readText('docs/metrics.md')
  const counters = tableUnder(metrics, 'Names').rows.flatMap(([name = '', type]) =>
    type === 'counter' ? codesOf(name) : []
  )
  const events = tableUnder(metrics, 'Connection events').rows.flatMap(([event = '']) => codesOf(event))
  const { rows } = tableUnder(readText('docs/operations.md'), 'What each counter means and what to do')
  const told = new Set(rows.flatMap(([seen = '']) => codesOf(seen).flatMap((code) => code.split(/[{}"=]+/))))
  const missing = [...counters, ...events].filter((name) => !told.has(name) && !NO_FAULT.has(name))
  assert.deepEqual(missing, [])
  for (const [seen, meaning, remedy] of rows) assert.ok(meaning && remedy, seen)
})
