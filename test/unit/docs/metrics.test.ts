import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OUTCOMES } from '#contracts/call-record'
import { createMetrics } from '../../../src/apps/gateway/metrics.ts'
import { SLOT_STATES } from '../../../src/apps/gateway/supervisor/slot-types.ts'
import { codesOf, readText, tableUnder } from './markdown.ts'

const PAGE = 'docs/metrics.md'

describe('docs/metrics.md', () => {
  test('lists the metrics of metrics.ts and gauges.ts, and no other', async () => {
    const text = await createMetrics('i', {}).text()
    const measured = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)
    const files = ['gauges.ts', 'supervisor/metrics.ts'].map((file) => readText(`src/apps/gateway/${file}`))
    const read = [...files.join('\n').matchAll(/^\s+(abox_\w+): \{/gm)].map(([, name = '']) => name)
    const listed = tableUnder(readText(PAGE), 'Names').rows.map(([name = '']) => codesOf(name)[0])
    assert.deepEqual(new Set(listed), new Set([...measured, ...read]))
    assert.equal(listed.length, measured.length + read.length)
  })

  test('names ends with a unit or _total as Prometheus wants it, and the page says the same type', async () => {
    const text = await createMetrics('i', {}).text()
    const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))
    for (const [name = '', type = ''] of tableUnder(readText(PAGE), 'Names').rows) {
      const metric = codesOf(name)[0] ?? ''
      if (types.has(metric)) assert.equal(type, types.get(metric), metric)
      assert.equal(metric.endsWith('_total'), type === 'counter', metric)
    }
  })

  test('lists the events that lib/dubbo counts', () => {
    const union = (path: string, name: string): string[] => {
      const [, text = ''] = new RegExp(`type ${name} =([\\s\\S]*?)\\n\\n`).exec(readText(path)) ?? []
      return [...text.matchAll(/'(\w+)'/g)].map(([, event = '']) => event)
    }
    const counted = [
      ...union('src/lib/dubbo/splitter.ts', 'FrameFault'),
      ...union('src/lib/dubbo/hub.ts', 'DubboServerEvent')
    ]
    const listed = tableUnder(readText(PAGE), 'Connection events').rows.map(([event = '']) => codesOf(event)[0])
    assert.deepEqual(listed, counted)
  })

  test('lists the states of an instance', () => {
    const listed = tableUnder(readText(PAGE), 'States of an instance').rows.map(([state = '']) => codesOf(state)[0])
    assert.deepEqual(listed, [...SLOT_STATES])
  })

  test('the label outcome has the values of the call record', () => {
    const row = tableUnder(readText(PAGE), 'Labels').rows.find(([label = '']) => codesOf(label)[0] === 'outcome')
    assert.deepEqual(codesOf(row?.[1] ?? ''), [...OUTCOMES])
  })
})
