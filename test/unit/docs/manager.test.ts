import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Algorithm } from '#contracts/algorithm'
import { BusinessGroup } from '#contracts/business-group'
import { Cluster } from '#contracts/cluster'
import { changeFields } from '#contracts/common'
import { Endpoint } from '#contracts/endpoint'
import { Environment } from '#contracts/environment'
import { createManagerMetrics } from '../../../src/apps/manager/metrics.ts'
import { codesOf, readText, tableUnder } from './markdown.ts'

const PAGE = 'docs/manager.md'

describe(PAGE, () => {
  for (const schema of [Environment, Cluster, BusinessGroup, Algorithm, Endpoint]) {
    const { kind, name: _, ...properties } = schema.properties
    test(`${kind.const}: its table has the fields of the schema, in its order`, () => {
      const listed = tableUnder(readText(PAGE), kind.const).rows.map(([field = '']) => codesOf(field)[0])
      assert.deepEqual(
        listed,
        Object.keys(properties).filter((name) => !(name in changeFields))
      )
    })
  }

  test('lists the metrics that the code makes, and no other', async () => {
    const made = [...(await createManagerMetrics().text()).matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
    const read = ['compose.ts', 'publish/metrics.ts']
      .flatMap((file) => [...readText(`src/apps/manager/${file}`).matchAll(/'(abox_manager_\w+)'/g)])
      .map(([, name]) => name)
    const listed = tableUnder(readText(PAGE), 'Watching it').rows.map(([name = '']) => codesOf(name)[0])
    assert.deepEqual(new Set(listed), new Set([...made, ...read]))
  })
})
