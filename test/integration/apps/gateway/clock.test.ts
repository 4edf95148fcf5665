import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { Tally } from '#contracts/call-record'
import type { Receipt } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'
import { createReceipts } from '../../../../src/apps/gateway/receipts.ts'
import { until } from '../../../harness/until.ts'
import { FEATURE, startFaultWorld } from './fault-world.ts'

const HOUR_MS = 3_600_000
/** A model that answers 503 is out after this many calls. */
const FAILURES = 5

interface JumpingClock extends Clock {
  /** From now on the wall clock is off by so much; the monotonic one goes on as it went. */
  jump(ms: number): void
}

function jumpingClock(): JumpingClock {
  let offMs = 0
  return {
    wallMs: () => Date.now() + offMs,
    monotonicMs: () => performance.now(),
    jump(ms) {
      offMs += ms
    }
  }
}

for (const [name, jumpMs] of [
  ['forward', HOUR_MS],
  ['back', -HOUR_MS]
] as const) {
  describe(`the wall clock jumps an hour ${name}`, () => {
    test('calls in flight go on, and later ones end when their time is over and no sooner', async (t) => {
      const clock = jumpingClock()
      const world = await startFaultWorld(t, { clock })
      const calls = Array.from({ length: 20 }, () => world.call(FEATURE.held))
      await until('the calls at the model', () => world.held() === 20)
      clock.jump(jumpMs)
      assert.deepEqual(await world.othersFailed(), [])
      const timeoutMs = 500
      assert.match(await world.call(FEATURE.held, world.gateway.client, timeoutMs), /^ABOX_UPSTREAM_TIMEOUT/)
      const late = (await world.gateway.records()).at(-1)
      assert.equal(late?.outcome, 'timeout')
      assert.ok(late.totalUs >= timeoutMs * 900 && late.totalUs < 60e6, `${late.totalUs} µs`)
      world.release()
      assert.deepEqual(new Set(await Promise.all(calls)), new Set(['ok']))
      assert.equal(await world.metric('abox_upstream_timeouts_total'), 1)
    })

    test('a used-up rate is not filled up by it, and a bucket that fills goes on filling', async (t) => {
      const clock = jumpingClock()
      const slow = { ratePerSecond: 0.001, burst: 2 }
      const quick = { ratePerSecond: 20, burst: 1 }
      const limits = { callers: { shop: slow, other: quick } }
      const world = await startFaultWorld(t, { clock, limits })
      const callOf = (caller: string): Promise<string> => world.call(FEATURE.free, undefined, undefined, caller)
      assert.deepEqual([await callOf('shop'), await callOf('shop')], ['ok', 'ok'])
      assert.match(await callOf('shop'), /^ABOX_LIMITED/)
      assert.equal(await callOf('other'), 'ok')
      clock.jump(jumpMs)
      for (let n = 0; n < 10; n++) assert.match(await callOf('shop'), /^ABOX_LIMITED/)
      await until('the next call of the other one', async () => (await callOf('other')) === 'ok')
    })

    test('an ejection neither ends by it nor outlasts its time', async (t) => {
      for (const [ejectMs, state] of [
        [600_000, 2],
        [300, 0]
      ] as const) {
        const clock = jumpingClock()
        const endpoints = { ejectMs, slowStartMs: 0, probeIntervalMs: 600_000 }
        const world = await startFaultWorld(t, { clock, config: { endpoints }, second: true })
        world.model.handle((_, response) => void response.writeHead(503).end('<html>'))
        await until('the failures', async () => {
          await world.call()
          return (await world.metric('abox_endpoint_ejections_total')) === 1
        })
        assert.equal(world.model.bodies.length, FAILURES)
        clock.jump(jumpMs)
        if (state === 0) await until('its end', async () => (await world.metric('abox_endpoint_state')) === 0)
        assert.deepEqual(state === 0 ? [] : await world.othersFailed(), [])
        assert.equal(await world.metric('abox_endpoint_state'), state)
      }
    })

    test('records and tallies tell the time of the wall clock, and their durations, sequence and epoch are right', async (t) => {
      const clock = jumpingClock()
      const world = await startFaultWorld(t, { clock })
      const begunAt = clock.wallMs()
      assert.deepEqual(await world.othersFailed(5), [])
      const across = world.call(FEATURE.held)
      await until('the call at the model', () => world.held() === 1)
      clock.jump(jumpMs)
      world.release()
      assert.equal(await across, 'ok')
      assert.deepEqual(await world.othersFailed(5), [])
      const records = await world.gateway.records()
      assert.deepEqual(
        records.map(({ seq }) => seq),
        Array.from({ length: 11 }, (_, seq) => seq)
      )
      assert.equal(new Set(records.map(({ epoch }) => epoch)).size, 1)
      for (const { ts, seq, totalUs, queueUs = -1, upstreamUs = -1 } of records) {
        // The one across the jump has the time of its arrival.
        const since = ts - begunAt - (seq > 5 ? jumpMs : 0)
        assert.ok(since >= 0 && since < 60_000, `record ${seq}: ${since} ms after the beginning`)
        assert.ok(upstreamUs >= 0 && queueUs >= 0 && totalUs >= upstreamUs && totalUs < 60e6, `record ${seq}`)
      }
      const path = (world.gateway.instance.recordsPath ?? '').replace('.jsonl', '.tally.jsonl')
      const endedAt = clock.wallMs()
      await world.gateway.instance.close(0)
      const tally = JSON.parse((await readFile(path, 'utf8')).trim()) as Tally
      assert.deepEqual([tally.nextSeq, tally.dropped, tally.epoch], [11, 0, records[0]?.epoch])
      assert.ok(tally.ts >= endedAt && tally.ts < endedAt + 60_000, `${tally.ts - endedAt} ms`)
    })

    test('histograms take the time that calls took', async (t) => {
      const clock = jumpingClock()
      const world = await startFaultWorld(t, { clock })
      const across = world.call(FEATURE.held)
      await until('the call at the model', () => world.held() === 1)
      clock.jump(jumpMs)
      world.release()
      assert.equal(await across, 'ok')
      for (const histogram of ['abox_call_duration_seconds', 'abox_upstream_duration_seconds']) {
        const seconds = await world.metric(`${histogram}_sum`)
        assert.ok(seconds > 0 && seconds < 60, `${histogram}: ${seconds} s`)
      }
    })

    test('a receipt tells the time of the wall clock and the same epoch', () => {
      const clock = jumpingClock()
      const written: Receipt[] = []
      const take = (data: Buffer): void => void written.push(JSON.parse(data.toString('utf8')) as Receipt)
      const session = {
        setEphemeral(path: string, data: Buffer) {
          if (path.includes('/receipts/')) take(data)
          return { update: take }
        }
      }
      const source = { instance: 'gw-0', epoch: clock.wallMs() }
      const receipts = createReceipts(
        session as Partial<ZookeeperSession> as ZookeeperSession,
        '/abox',
        'a:1',
        source,
        clock,
        silentLogger
      )
      const applied = { table: { services: new Map(), models: new Map() }, applied: { 'models/rank': 1 }, refused: {} }
      receipts.write(applied)
      clock.jump(jumpMs)
      receipts.write({ ...applied, applied: { 'models/rank': 2 } })
      const [before, after] = written as [Receipt, Receipt]
      const apart = after.at - before.at - jumpMs
      assert.ok(apart >= 0 && apart < 60_000, `${apart} ms`)
      assert.equal(after.epoch, before.epoch)
      assert.equal(after.applied['models/rank'], 2)
    })
  })
}
