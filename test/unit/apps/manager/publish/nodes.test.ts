import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PublishedNodes, parsed } from '../../../../../src/apps/manager/publish/nodes.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

test('JSON that is nested deeper than anything of ours is read as no JSON, however deep it is', () => {
  assert.deepEqual(parsed(Buffer.from('{"a":[{"b":null}]}')), { a: [{ b: null }] })
  assert.notEqual(parsed(Buffer.from(nested(64))), undefined)
  for (const depth of [65, 66, 100_000]) assert.equal(parsed(Buffer.from(nested(depth))), undefined, `${depth}`)
  assert.equal(parsed(Buffer.from(`{"a":${nested(64)}}`)), undefined)
})

test('a node that is nested too deep has no generation, and the others of its folder have theirs', () => {
  const nodes = new PublishedNodes(['models'])
  const deep = Buffer.from(`{"generation":7,"a":${nested(100_000)}}`)
  nodes.take(
    'models',
    new Map([
      ['deep', deep],
      ['rank', Buffer.from('{"generation":3}')]
    ])
  )
  assert.deepEqual(
    [...nodes.nodes].map(([place, { generation }]) => [place, generation]),
    [
      ['models/deep', -1],
      ['models/rank', 3]
    ]
  )
})
