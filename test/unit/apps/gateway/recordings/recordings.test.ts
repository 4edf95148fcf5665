import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { Call } from '../../../../../src/apps/gateway/call.ts'
import { recordingsOf } from '../../../../../src/apps/gateway/recordings/recordings.ts'

/** As far as the queue looks at a call; what cannot be written of it is counted, and is not what the test is about. */
function callOf(bytes: number): Call {
  const route = { splitKey: 'a.S/rank', record: { ppm: 1_000_000 } }
  return { route, variant: {}, invocation: {}, request: { body: Buffer.alloc(bytes) } } as unknown as Call
}

test('the room that a call took in the queue is free again, whatever was added to the call meanwhile', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'abox-recordings-'))
  const maxCallBytes = 16 * 1024 * 1024
  const config = { dir, ppm: 0, maxCallBytes, maxFileBytes: 65_536, maxFiles: 1, mask: [], hash: false }
  const recordings = recordingsOf({ config, id: 'gw-0', seed: 1, clock: systemClock, log: silentLogger })
  try {
    const call = callOf(9 * 1024 * 1024)
    recordings.offer(call)
    Object.assign(call, { request: { body: Buffer.alloc(0) } })
    await recordings.flush()
    recordings.offer(callOf(9 * 1024 * 1024))
    assert.equal(recordings.stats().dropped.get('queue'), undefined)
  } finally {
    await recordings.close()
    await rm(dir, { recursive: true, force: true })
  }
})
