import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCorpus } from '../../../harness/fuzz/corpus.ts'
import { FrameTarget } from '../../../harness/fuzz/frame-target.ts'
import { frameOf } from '../../../harness/fuzz/frames.ts'
import { outcomeOf } from '../../../harness/fuzz/outcome.ts'

/** Longer ones show what they are for in the test of outcomes; reading them in all ways takes too long here. */
const LONGEST = 70_000

const corpus = readCorpus()

test('every finding and hostile input of the corpus has the outcome that is written in it', () => {
  assert.ok(corpus.length > 100)
  for (const entry of corpus) {
    assert.ok(entry.outcomes.size > 0, `${entry.name} says no outcome`)
    const found = outcomeOf(entry)
    for (const [how, expected] of entry.outcomes) assert.equal(found.get(how), expected, `${entry.name}: ${how}`)
  }
})

test('every input of the corpus is read alike in all ways, whatever lies around it', () => {
  const target = new FrameTarget()
  for (const { name, kind, bytes } of corpus) {
    if (bytes.length > LONGEST) continue
    try {
      for (let run = 0; run < 2; run++) target.run(kind === 'frame' ? bytes : frameOf(bytes), 8 * run, true)
    } catch (error) {
      throw new Error(`corpus ${name}: ${(error as Error).message}`, { cause: error })
    }
  }
})
