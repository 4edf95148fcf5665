import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { RawDocument } from '../../../../../src/apps/gateway/documents/source.ts'
import { writeBehind } from '../../../../../src/apps/gateway/documents/write-behind.ts'

const set = (text: string): RawDocument[] => [{ key: 'models/rank', source: 's', text }]

/** One whose writes end when the test says so. */
function create() {
  const written: string[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const lastGood = writeBehind({
    lastGood: {
      read: async () => undefined,
      write(documents) {
        written.push(documents.map(({ text }) => text).join())
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        return gate.promise
      }
    },
    clock: systemClock,
    log: silentLogger
  })
  return { lastGood, written, gates }
}

test('a set is written at once, and nobody waits for it', async () => {
  const { lastGood, written, gates } = create()
  await lastGood.write(set('1'))
  assert.deepEqual(written, ['1'])
  gates[0]?.resolve()
  await lastGood.close()
})

test('of the sets that come during a write the newest is written, and a close waits for it', async () => {
  const { lastGood, written, gates } = create()
  for (const text of ['1', '2', '3']) await lastGood.write(set(text))
  const closed = lastGood.close()
  assert.deepEqual(written, ['1'])
  gates[0]?.resolve()
  await new Promise(setImmediate)
  assert.deepEqual(written, ['1', '3'])
  gates[1]?.resolve()
  await closed
})

test('a write that fails keeps no later one away', async () => {
  const { lastGood, written, gates } = create()
  await lastGood.write(set('1'))
  await lastGood.write(set('2'))
  gates[0]?.reject(new Error('disk full'))
  const closed = lastGood.close()
  await new Promise(setImmediate)
  assert.deepEqual(written, ['1', '2'])
  gates[1]?.resolve()
  await closed
})
