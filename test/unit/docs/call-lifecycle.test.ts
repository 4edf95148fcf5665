import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { STAGES } from '../../../src/apps/gateway/call.ts'
import { blocksOf, codesOf, readText, tableUnder } from './markdown.ts'

const PAGE = 'docs/call-lifecycle.md'

describe('docs/call-lifecycle.md', () => {
  test('its table has the stages of call.ts, in their order', () => {
    const { rows } = tableUnder(readText(PAGE), 'Stages')
    assert.deepEqual(
      rows.map(([, name = '']) => codesOf(name)[0]),
      [...STAGES]
    )
    assert.deepEqual(
      rows.map(([number]) => Number(number)),
      STAGES.map((_, index) => index + 1)
    )
  })

  test('its diagram has the same stages in the same order', () => {
    const diagram = blocksOf(readText(PAGE)).find(({ language }) => language === 'mermaid')?.text ?? ''
    const drawn = [...diagram.matchAll(/^\s*(\w+)\["\d+ /gm)].map(([, name]) => name)
    assert.deepEqual(drawn, [...STAGES])
  })

  test('every stage that invoke.ts enters is one of them, and they are entered in that order', () => {
    const entered = [...readText('src/apps/gateway/invoke.ts').matchAll(/enter\(call, '(\w+)'\)/g)].map(
      ([, name]) => name
    )
    assert.deepEqual(
      entered,
      STAGES.filter((stage) => entered.includes(stage))
    )
  })
})
