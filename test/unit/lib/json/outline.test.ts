import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HessianWriter, writeJsonAs } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { type JsonKind, JsonOutline, JsonReader } from '#lib/json'

/** A reader that counts how often it is asked what comes next. */
class CountingReader extends JsonReader {
  steps = 0

  override peek(): JsonKind {
    this.steps++
    return super.peek()
  }
}

const types = createTypes({ 'a.Node': { fields: { name: 'java.lang.String', next: 'a.Node' } } })

function stepsFor(depth: number): number {
  const open = '{"name":"a node with a name that is long enough to be worth it","next":'
  const reader = new CountingReader(Buffer.from(`${open.repeat(depth)}null${'}'.repeat(depth)}`))
  writeJsonAs(reader, types.resolve('a.Node'), new HessianWriter(), 'objects')
  reader.assertEnd()
  return reader.steps
}

test('the steps for nested objects grow with their number, not with its square', () => {
  const few = stepsFor(25)
  assert.equal(stepsFor(200) - few, 7 * (stepsFor(50) - few))
})

test('a value is passed over to the same place each time', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const long = `[${text},${text},"${'x'.repeat(60)}"]`
      const outline = new JsonOutline()
      const reader = new JsonReader(Buffer.from(`[${long},${long}]`))
      reader.enterArray()
      const first = reader.pos
      for (let round = 0; round < 3; round++) {
        reader.pos = first
        outline.skip(reader)
        assert.equal(reader.pos, first + Buffer.byteLength(long))
      }
      outline.clear()
    })
  )
})

test('the second time nothing inside is looked at', () => {
  const outline = new JsonOutline()
  const reader = new CountingReader(Buffer.from(`[${'{"a":[1,2,3]},'.repeat(100)}0]`))
  outline.skip(reader)
  const before = reader.steps
  reader.pos = 0
  outline.skip(reader)
  assert.equal(reader.steps, before + 1)
})
