import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import type { Clock } from '#core/clock'
import { createWatchdog, type Watchdog } from '../../../../../src/apps/gateway/supervisor/watchdog.ts'

let now = 0
const clock: Clock = { wallMs: () => now, monotonicMs: () => now }
let watchdog: Watchdog

beforeEach(() => {
  now = 0
  mock.timers.enable({ apis: ['setInterval'] })
  watchdog = createWatchdog(1000, clock)
})
afterEach(() => {
  watchdog.close()
  mock.timers.reset()
})

/** Lets looks pass, each of which comes `lateMs` later than it should. */
const pass = (looks: number, lateMs = 0): void => {
  for (let look = 0; look < looks; look++) {
    now += 100 + lateMs
    mock.timers.tick(100)
  }
}
const watch = () => {
  const seen: string[] = []
  let pings = 0
  const handle = watchdog.add({
    ping: () => pings++,
    onSilent: (silent) => seen.push(silent ? 'silent' : 'back'),
    onHung: () => seen.push('hung')
  })
  return { handle, seen, pings: () => pings }
}

test('one that does not answer counts as silent after half of the limit and hangs after all of it', () => {
  const { handle, seen } = watch()
  handle.answered()
  pass(4)
  assert.deepEqual(seen, [])
  pass(1)
  assert.deepEqual(seen, ['silent'])
  pass(5)
  assert.deepEqual(seen, ['silent', 'hung'])
  pass(50)
  assert.deepEqual(seen, ['silent', 'hung'])
})

test('one that answers is never silent', () => {
  const { handle, seen, pings } = watch()
  for (let look = 0; look < 100; look++) {
    pass(1)
    handle.answered()
  }
  assert.deepEqual(seen, [])
  assert.equal(pings(), 100)
})

test('one that answers in the last moment is back', () => {
  const { handle, seen } = watch()
  handle.answered()
  pass(9)
  handle.answered()
  pass(4)
  assert.deepEqual(seen, ['silent', 'back'])
})

test('time by which the supervisor itself is late is not held against the others', () => {
  const { handle, seen } = watch()
  handle.answered()
  pass(4, 60_000)
  assert.deepEqual(seen, [])
  assert.equal(watchdog.lagMs(), 60_000)
})

test('lag is forgotten after a minute', () => {
  pass(1, 5000)
  pass(620)
  assert.equal(watchdog.lagMs(), 0)
})

test('one that has never answered is given the time that loading its code may take', () => {
  const { seen } = watch()
  pass(599)
  assert.deepEqual(seen, [])
  pass(1)
  assert.deepEqual(seen, ['hung'])
})
