import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandClock, newTrust, RULES } from './trust-fixtures.ts'

describe('a version of a hook', () => {
  test('begins in the sandbox process and may run in the instance after so many calls and so long, not before', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    assert.equal(trust.place(), 'sandbox')
    for (let i = 0; i < RULES.promoteAfterCalls * 2; i++) assert.equal(trust.answered(), false, 'too early')
    clock.now += RULES.promoteAfterMs - 1
    assert.equal(trust.answered(), false, 'still too early')
    clock.now += 1
    assert.equal(trust.answered(), true)
    assert.equal(trust.place(), 'instance')
    assert.equal(trust.answered(), false, 'it is told once')
    const few = newTrust(clock)
    clock.now += RULES.promoteAfterMs
    assert.deepEqual([few.answered(), few.answered(), few.answered()], [false, false, true], 'time alone is not enough')
  })

  test('goes back to the sandbox process at its first violation and counts from zero', () => {
    const clock = new HandClock()
    const trust = newTrust(clock, { promoteAfterMs: 0, promoteAfterCalls: 1 })
    assert.equal(trust.answered(), true)
    assert.equal(trust.violated('ABOX_HOOK_TIMEOUT'), false)
    assert.deepEqual([trust.place(), trust.calls, trust.strikes()], ['sandbox', 0, 1])
  })

  test('begins its quiet time anew at each violation', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    clock.now += RULES.promoteAfterMs
    trust.violated('x')
    for (let i = 0; i < RULES.promoteAfterCalls; i++) trust.answered()
    assert.equal(trust.place(), 'sandbox')
    clock.now += RULES.promoteAfterMs
    assert.equal(trust.answered(), true)
  })

  test('is disabled by so many violations within the window, with why and since when', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    assert.deepEqual([trust.violated('first'), trust.violated('second')], [false, false])
    clock.now += RULES.strikeWindowMs - 1
    assert.equal(trust.violated('third'), true)
    assert.deepEqual(trust.disabled, { why: '3 violations within 60000 ms, the last: third', at: clock.now })
    assert.equal(trust.violated('a call that was under way'), false, 'it is told once')
  })

  test('is not disabled by violations that lie further apart', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    for (let i = 0; i < 20; i++) {
      assert.equal(trust.violated('x'), false)
      clock.now += RULES.strikeWindowMs / 2
      for (let n = 0; n < RULES.promoteAfterCalls; n++) trust.answered()
    }
    assert.equal(trust.strikesTotal, 20)
  })

  test('is disabled by as many violations among few calls, however far apart they lie', () => {
    const clock = new HandClock()
    const trust = newTrust(clock, { promoteAfterCalls: 10 })
    const disabled: boolean[] = []
    for (let i = 0; i < 3; i++) {
      disabled.push(trust.violated('x'))
      clock.now += RULES.strikeWindowMs + 1000
      for (let n = 0; n < 2; n++) trust.answered()
      trust.failed()
    }
    assert.deepEqual(disabled, [false, false, true])
    assert.equal(trust.disabled?.why, '3 violations within 10 calls, the last: x')
  })

  test('keeps how many calls lie between violations over restarts', () => {
    const clock = new HandClock()
    const trust = newTrust(clock, { promoteAfterCalls: 10 })
    trust.violated('x')
    for (let n = 0; n < 8; n++) trust.answered()
    clock.now += RULES.strikeWindowMs
    const again = newTrust(clock, { promoteAfterCalls: 10 }, trust.kept())
    again.answered()
    assert.equal(again.strikes(), 1)
    again.answered()
    assert.equal(again.strikes(), 0)
    const { callsSince: _, ...older } = trust.kept()
    assert.equal(newTrust(clock, { promoteAfterCalls: 10 }, older).strikes(), 0, 'where only times were kept')
  })

  test('needs twice as many calls and twice as long each time that it has lost the instance, also over restarts', () => {
    const clock = new HandClock()
    let trust = newTrust(clock, { strikes: 1000 })
    for (const times of [1, 2, 4, 8, 16, 32, 64, 64, 64]) {
      const start = clock.now
      let calls = 0
      while (trust.place() === 'sandbox' && calls < 1000) {
        clock.now = start + RULES.promoteAfterMs * times
        trust.answered()
        calls++
      }
      assert.equal(calls, RULES.promoteAfterCalls * times)
      trust.violated('x')
      for (let i = 0; i < 1000; i++) trust.answered()
      clock.now += RULES.promoteAfterMs * Math.min(64, times * 2) - 1
      assert.equal(trust.answered(), false, 'calls alone are not enough')
      trust.beginAnew()
      trust = newTrust(clock, { strikes: 1000 }, trust.kept())
    }
    trust.enable()
    clock.now += RULES.promoteAfterMs
    assert.deepEqual([trust.answered(), trust.answered(), trust.answered()], [false, false, true], 'all is forgiven')
  })

  test('is not promoted by calls that fail, and not set back by them', () => {
    const clock = new HandClock()
    const trust = newTrust(clock, { promoteAfterMs: 0 })
    for (let i = 0; i < 100; i++) trust.failed()
    trust.answered()
    trust.failed()
    trust.answered()
    assert.deepEqual([trust.place(), trust.calls], ['sandbox', 2])
    trust.failed()
    assert.equal(trust.answered(), true)
  })

  test('that only runs beside others does so in the sandbox process, but what it does there counts', () => {
    for (const placement of ['auto', 'instance'] as const) {
      const trust = newTrust(new HandClock(), { placement, promoteAfterMs: 0 })
      trust.shadow = true
      for (let i = 0; i < 10; i++) assert.equal(trust.answered(), false)
      assert.equal(trust.place(), 'sandbox')
      trust.shadow = false
      trust.answered()
      assert.equal(trust.place(), 'instance')
    }
  })

  test('that was enabled again begins in the sandbox process, without strikes', () => {
    const clock = new HandClock()
    const trust = newTrust(clock, { strikes: 1 })
    trust.violated('x')
    trust.enable()
    assert.deepEqual([trust.disabled, trust.place(), trust.strikes(), trust.calls], [undefined, 'sandbox', 0, 0])
  })

  test('stays where the configuration has it, whatever it does', () => {
    const clock = new HandClock()
    for (const placement of ['instance', 'sandbox'] as const) {
      const trust = newTrust(clock, { placement, promoteAfterMs: 0, promoteAfterCalls: 1 })
      trust.answered()
      assert.equal(trust.place(), placement)
      trust.violated('x')
      assert.equal(trust.place(), placement)
    }
  })

  test('that has ended an instance runs in none again, even where the configuration wants it there', () => {
    for (const placement of ['auto', 'instance'] as const) {
      const clock = new HandClock()
      const trust = newTrust(clock, { placement, promoteAfterMs: 0, promoteAfterCalls: 1 })
      trust.crashed = { why: 'SIGSEGV', at: clock.now }
      assert.equal(trust.answered(), false)
      trust.enable()
      assert.equal(trust.place(), 'sandbox')
    }
  })

  test('comes back from what was kept as it was: place, calls, quiet time, strikes, disabling', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    trust.violated('one')
    clock.now += 500
    trust.answered()
    trust.answered()
    const later = new HandClock()
    later.now = clock.now + 10_000
    const again = newTrust(later, {}, trust.kept())
    assert.deepEqual([again.calls, again.strikes(), again.disabled], [2, 1, undefined])
    later.now += RULES.promoteAfterMs - 500 - 1
    assert.equal(again.answered(), false, 'the time without a process does not count')
    later.now += 1
    assert.equal(again.answered(), true)
    assert.equal(newTrust(later, {}, again.kept()).place(), 'instance')
    for (let i = 0; i < RULES.strikes; i++) again.violated('more')
    assert.deepEqual(newTrust(later, {}, again.kept()).disabled, again.disabled)
  })

  test('knows when it ran last only while it answers calls', () => {
    const clock = new HandClock()
    const trust = newTrust(clock)
    trust.answered()
    assert.equal(trust.ranAt(), 0, 'as a shadow')
    trust.answers = true
    trust.answered()
    assert.equal(trust.ranAt(), clock.now)
    clock.now += 5
    assert.equal(trust.ranAt(), clock.now - 5)
  })
})
