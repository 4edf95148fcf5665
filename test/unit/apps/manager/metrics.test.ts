import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManagerMetrics } from '../../../../src/apps/manager/metrics.ts'
import { codesOf, readText, tableUnder } from '../../docs/markdown.ts'

test('docs/manager.md lists the metrics of the manager, and no other', async () => {
  const text = await createManagerMetrics().text()
  const made = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)
  const sources = ['compose.ts', 'publish/metrics.ts'].map((file) => readText(`src/apps/manager/${file}`)).join('')
  const added = [...sources.matchAll(/(?:gauge|counter)\(\s*'(\w+)'/g)].map(([, name = '']) => name)
  const names = [...made, ...added]
  const listed = tableUnder(readText('docs/manager.md'), 'Watching it').rows.map(([name = '']) => codesOf(name)[0])
  assert.deepEqual(listed, names)
})
