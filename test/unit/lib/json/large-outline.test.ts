import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { type JsonPath, JsonReader, LargeOutline, seek, seekLarge } from '#lib/json'
import { runCampaign } from '../../../harness/fuzz/campaign.ts'
import { seedOf } from '../../../harness/fuzz/chance.ts'
import { mutateText, seedTexts } from '../../../harness/fuzz/json-target.ts'

function messageOf(run: () => void): string {
  try {
    run()
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof AboxError)
    return error.message
  }
}

const walkAll = (outline: LargeOutline, bytes: number): void => {
  while (!outline.walk(bytes)) {}
}

test('a text is checked in slices as at once, and refused with the same message', () => {
  const seeds = seedTexts()
  runCampaign({
    name: 'outline',
    seed: seedOf(20_263),
    runs: 4000,
    capMs: 10_000,
    make: (pick) => mutateText(seeds, pick),
    check(text, run) {
      const atOnce = messageOf(() => {
        const reader = new JsonReader(text)
        reader.skip()
        reader.assertEnd()
      })
      assert.equal(
        messageOf(() => walkAll(new LargeOutline(text, 1 + (run % 20)), 1 + (run % 30))),
        atOnce
      )
    }
  })
})

test('every large value and key, and no other, ends where a reader comes to its end, in whatever order they are asked for', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.constantFrom(1, 8, 30),
      fc.infiniteStream(fc.nat()),
      (value, large, order) => {
        const bytes = Buffer.from(JSON.stringify(value, undefined, 1))
        const outline = new LargeOutline(bytes, large)
        walkAll(outline, 7)
        const places: [start: number, end: number][] = []
        const visit = (reader: JsonReader): void => {
          const kind = reader.peek()
          const start = reader.pos
          if (kind === 'object' && reader.enterObject()) {
            do {
              const key = reader.pos
              reader.scanString()
              places.push([key, reader.pos])
              reader.skipColon()
              visit(reader)
            } while (reader.nextKey())
          } else if (kind === 'array' && reader.enterArray()) {
            do visit(reader)
            while (reader.nextElement())
          } else if (reader.pos === start) reader.skip()
          if (kind === 'object' || kind === 'array' || kind === 'string') places.push([start, reader.pos])
        }
        visit(new JsonReader(bytes))
        for (let left = 2 * places.length; left > 0; left--) {
          const [start, end] = places[(order.next().value as number) % places.length] as [number, number]
          assert.equal(outline.endOf(start), end - start >= large ? end : -1)
        }
      }
    )
  )
})

test('a path leads to the same value in slices as at once', () => {
  const step = fc.oneof(fc.nat(3), fc.constantFrom('a', 'b', 'a longer key'))
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'a longer key', 'x'), tie('node'))
    )
  }))
  fc.assert(
    fc.property(node, fc.array(step, { maxLength: 3 }), fc.nat(20), (value, path: JsonPath, slice) => {
      const bytes = Buffer.from(JSON.stringify(value, undefined, 1))
      const outline = new LargeOutline(bytes, 16)
      walkAll(outline, 100)
      const slices = seekLarge(outline, path, slice + 1)
      let step = slices.next()
      while (step.done !== true) step = slices.next()
      const reader = new JsonReader(bytes)
      assert.equal(step.value?.pos, seek(reader, path) ? reader.pos : undefined)
    }),
    { numRuns: 1000 }
  )
})
