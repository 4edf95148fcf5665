import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEndpointSet, createProber, type Endpoint, type EndpointSet } from '#lib/upstream'
import { manualClock } from './manual-clock.ts'

/** A prober whose probes end when the test says so; `answers` decides, undefined = it hangs. */
function proberOf(options: Partial<Parameters<typeof createProber>[0]> = {}) {
  const clock = manualClock()
  const asked: string[] = []
  const answers = new Map<string, boolean | undefined>()
  const prober = createProber({ clock, random: () => 0.5, ...options })
  const probe = ({ origin }: Endpoint): Promise<boolean> => {
    asked.push(origin)
    const answer = answers.has(origin) ? answers.get(origin) : true
    return answer === undefined ? new Promise(() => {}) : Promise.resolve(answer)
  }
  /** Time in steps of a tick, with the promises of each step. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250)
      prober.tick()
      for (let n = 0; n < 4; n++) await Promise.resolve()
    }
  }
  const setOf = (...origins: string[]): EndpointSet => createEndpointSet({ clock, origins, slowStartMs: 0 })
  return { prober, probe, pass, asked, answers, setOf, clock }
}

const statesOf = (set: EndpointSet): string[] => set.states().map(({ state }) => state)

describe('prober', () => {
  test('an endpoint is down after three failures in a row and up after two successes', async () => {
    const { prober, probe, pass, answers, setOf } = proberOf()
    const set = setOf('a', 'b')
    const watched = prober.watch(set, probe, false)
    answers.set('a', false)
    await pass(2500 + 5000 + 4000)
    assert.deepEqual([statesOf(set), watched.failures()], [['up', 'up'], 2])
    await pass(2000)
    assert.deepEqual([statesOf(set), watched.failures()], [['down', 'up'], 3])
    answers.set('a', true)
    await pass(5500)
    assert.deepEqual(statesOf(set), ['down', 'up'])
    await pass(5500)
    assert.deepEqual(statesOf(set), ['up', 'up'])
  })

  test('failures with a success between them do not add up', async () => {
    const { prober, probe, pass, answers, setOf } = proberOf()
    const set = setOf('a', 'b')
    prober.watch(set, probe, false)
    for (let n = 0; n < 8; n++) {
      answers.set('a', n % 3 === 0)
      await pass(5250)
    }
    assert.deepEqual(statesOf(set), ['up', 'up'])
  })

  test('one endpoint alone is probed only where that is always wanted', async () => {
    const { prober, probe, pass, asked, setOf } = proberOf()
    prober.watch(setOf('alone'), probe, false)
    prober.watch(setOf('wanted'), probe, true)
    await pass(20_000)
    assert.deepEqual([...new Set(asked)], ['wanted'])
  })

  test('a probe that hangs has failed after a second, and its late answer is not heard', async () => {
    const { prober, pass, setOf } = proberOf()
    const set = setOf('a', 'b')
    const late: ((isGood: boolean) => void)[] = []
    const watched = prober.watch(
      set,
      ({ origin }) => (origin === 'a' ? new Promise((resolve) => late.push(resolve)) : Promise.resolve(true)),
      false
    )
    await pass(2500 + 750)
    assert.equal(watched.failures(), 0)
    await pass(500)
    assert.equal(watched.failures(), 1)
    await pass(13_000)
    assert.deepEqual(statesOf(set), ['down', 'up'])
    for (const resolve of late) resolve(true)
    await pass(250)
    assert.deepEqual(statesOf(set), ['down', 'up'])
  })

  test('a probe that rejects has failed', async () => {
    const { prober, pass, setOf } = proberOf()
    const watched = prober.watch(setOf('a', 'b'), () => Promise.reject(new Error('no')), false)
    await pass(3000)
    assert.equal(watched.failures(), 2)
  })

  test('never more probes run than the bound, and all of a thousand endpoints are asked', async () => {
    const clock = manualClock()
    const prober = createProber({ clock, concurrency: 10 })
    const set = createEndpointSet({ clock, origins: Array.from({ length: 1000 }, (_, n) => `http://e${n}`) })
    const asked = new Set<string>()
    const running = new Set<() => void>()
    let most = 0
    const probe = ({ origin }: Endpoint): Promise<boolean> => {
      asked.add(origin)
      return new Promise((resolve) => {
        const end = (): void => {
          running.delete(end)
          resolve(true)
        }
        running.add(end)
        most = Math.max(most, running.size)
      })
    }
    prober.watch(set, probe, false)
    for (let n = 0; n < 250; n++) {
      clock.advance(250)
      prober.tick()
      for (const end of running) end()
      for (let turn = 0; turn < 4; turn++) await Promise.resolve()
    }
    assert.equal(most, 10)
    assert.equal(asked.size, 1000)
  })

  test('an endpoint that joins others takes no calls before its first good probe', async () => {
    const { prober, probe, pass, answers, setOf } = proberOf()
    const set = setOf('a', 'b')
    prober.watch(set, probe, false)
    await pass(250)
    answers.set('c', false)
    set.update(['a', 'b', 'c'])
    await pass(5000)
    assert.deepEqual(statesOf(set), ['up', 'up', 'down'])
    answers.set('c', true)
    await pass(5500)
    assert.deepEqual(statesOf(set), ['up', 'up', 'up'])
  })

  test('a whole new list takes calls at once', async () => {
    const { prober, probe, pass, answers, setOf } = proberOf()
    const set = setOf('a', 'b')
    prober.watch(set, probe, false)
    await pass(250)
    for (const origin of ['c', 'd']) answers.set(origin, undefined)
    set.update(['c', 'd'])
    await pass(250)
    assert.deepEqual(statesOf(set), ['up', 'up'])
  })

  test('when probing ends, nobody stays down', async () => {
    const { prober, probe, pass, answers, setOf } = proberOf()
    const set = setOf('a', 'b')
    const watched = prober.watch(set, probe, false)
    answers.set('a', false)
    await pass(15_000)
    assert.deepEqual(statesOf(set), ['down', 'up'])
    watched.stop()
    assert.deepEqual(statesOf(set), ['up', 'up'])
    const { prober: other, probe: ask, pass: wait, answers: say, setOf: make } = proberOf()
    const shrinking = make('a', 'b')
    other.watch(shrinking, ask, false)
    say.set('a', false)
    await wait(15_000)
    shrinking.update(['a'])
    await wait(250)
    assert.deepEqual(statesOf(shrinking), ['up'])
  })
})
