import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEndpointSet, type Endpoint, type EndpointOutcome, type EndpointSet } from '#lib/upstream'
import { manualClock, seededRandom } from './manual-clock.ts'

const origins = (count: number): string[] => Array.from({ length: count }, (_, index) => `http://10.0.0.${index}:80`)

type Options = Partial<Parameters<typeof createEndpointSet>[0]>

function setOf(count: number, options: Options = {}): { set: EndpointSet; clock: ReturnType<typeof manualClock> } {
  const clock = manualClock()
  const set = createEndpointSet({ clock, origins: origins(count), random: seededRandom(1), slowStartMs: 0, ...options })
  return { set, clock }
}

const take = (set: EndpointSet, not?: Endpoint): Endpoint => {
  const endpoint = set.acquire(not)
  assert.ok(endpoint)
  return endpoint
}

/** Calls one after the other; gives how many each endpoint took. */
function call(
  set: EndpointSet,
  times: number,
  outcome: (endpoint: Endpoint) => EndpointOutcome = () => 'ok'
): number[] {
  const counts = new Map(set.endpoints().map(({ origin }) => [origin, 0]))
  for (let n = 0; n < times; n++) {
    const endpoint = take(set)
    counts.set(endpoint.origin, (counts.get(endpoint.origin) ?? 0) + 1)
    set.release(endpoint, outcome(endpoint), 1)
  }
  return [...counts.values()]
}

const statesOf = (set: EndpointSet): string[] => set.states().map(({ state }) => state)

const first = ({ origin }: Endpoint): boolean => origin === 'http://10.0.0.0:80'

describe('endpoints: choosing', () => {
  test('one that asked for no calls gets none until its time is over, at most 30 s', () => {
    for (const policy of ['round-robin', 'least-request'] as const) {
      const { set, clock } = setOf(3, { policy })
      set.rest(set.endpoints()[0] as Endpoint, 600_000)
      assert.equal(call(set, 60)[0], 0)
      clock.advance(29_999)
      assert.equal(call(set, 60)[0], 0)
      clock.advance(1)
      assert.ok((call(set, 60)[0] as number) > 5)
    }
  })

  test('where all asked for no calls they get them', () => {
    const { set } = setOf(2)
    for (const endpoint of set.endpoints()) set.rest(endpoint, 5000)
    assert.equal(
      call(set, 10).reduce((sum, one) => sum + one),
      10
    )
  })

  test('round robin takes each in turn from a random one on', () => {
    const { set } = setOf(3, { random: () => 0.5 })
    const taken = Array.from({ length: 5 }, () => take(set).origin.at(-4))
    assert.deepEqual(taken, ['1', '2', '0', '1', '2'])
  })

  test('least-request takes the less busy one of two', () => {
    const { set } = setOf(2, { policy: 'least-request' })
    const held = take(set)
    for (let n = 0; n < 20; n++) {
      const other = take(set)
      assert.notEqual(other.origin, held.origin)
      set.release(other, 'ok', 1)
    }
  })

  test('least-request keeps the calls in flight of a thousand endpoints close together', () => {
    const { set } = setOf(1000, { policy: 'least-request' })
    for (let n = 0; n < 10_000; n++) take(set)
    const busiest = Math.max(...set.states().map(({ inFlight }) => inFlight))
    assert.ok(busiest <= 15, `10 is the mean, found ${busiest}`)
  })

  for (const policy of ['round-robin', 'least-request'] as const) {
    test(`${policy} takes another one than the one that has just failed`, () => {
      const { set } = setOf(3, { policy })
      for (let n = 0; n < 50; n++) {
        const endpoint = take(set)
        assert.notEqual(take(set, endpoint), endpoint)
      }
    })

    test(`${policy} takes the same one again where there is no other`, () => {
      const { set } = setOf(1, { policy })
      const endpoint = take(set)
      assert.equal(take(set, endpoint), endpoint)
    })

    test(`${policy} passes over endpoints at their bound and finds them again below it`, () => {
      const { set } = setOf(3, { policy, maxInFlight: 2 })
      const held = Array.from({ length: 6 }, () => take(set))
      assert.deepEqual(
        set.states().map(({ inFlight }) => inFlight),
        [2, 2, 2]
      )
      assert.equal(set.acquire(), undefined)
      const back = held[3] as Endpoint
      set.release(back, 'ok', 1)
      assert.equal(set.acquire(), back)
      assert.equal(set.acquire(), undefined)
    })
  }

  test('a set without endpoints gives none', () => {
    const { set } = setOf(0)
    assert.equal(set.acquire(), undefined)
  })
})

describe('endpoints: failures in a row', () => {
  for (const outcome of ['local', 'upstream'] as const) {
    test(`five times ${outcome} take an endpoint out for 30 s`, () => {
      const { set, clock } = setOf(3)
      call(set, 12, (endpoint) => (first(endpoint) ? outcome : 'ok'))
      assert.deepEqual(statesOf(set), ['up', 'up', 'up'], 'four are not enough')
      call(set, 3, (endpoint) => (first(endpoint) ? outcome : 'ok'))
      assert.deepEqual(statesOf(set), ['ejected', 'up', 'up'])
      assert.equal(call(set, 30)[0], 0)
      clock.advance(29_999)
      set.sweep()
      assert.equal(statesOf(set)[0], 'ejected')
      clock.advance(1)
      set.sweep()
      assert.equal(statesOf(set)[0], 'up')
      assert.equal(call(set, 30)[0], 10)
    })
  }

  test('a good answer between them begins the count anew', () => {
    const { set } = setOf(2)
    let n = 0
    call(set, 100, (endpoint) => (first(endpoint) && n++ % 5 < 4 ? 'upstream' : 'ok'))
    assert.deepEqual(statesOf(set), ['up', 'up'])
  })

  test('what says nothing about an endpoint neither counts nor begins the count anew', () => {
    const { set } = setOf(2)
    call(set, 100, () => 'none')
    assert.deepEqual(statesOf(set), ['up', 'up'])
    let n = 0
    call(set, 20, (endpoint) => (first(endpoint) ? (n++ % 2 === 0 ? 'upstream' : 'none') : 'ok'))
    assert.equal(statesOf(set)[0], 'ejected')
  })

  test('each ejection is longer than the one before, up to 300 s, and time without one shortens the next', () => {
    const { set, clock } = setOf(2)
    const length = (): number => {
      call(set, 10, (endpoint) => (first(endpoint) ? 'local' : 'ok'))
      for (let ms = 0; ; ms += 1000) {
        if (statesOf(set)[0] === 'up') return ms
        clock.advance(1000)
        set.sweep()
      }
    }
    const lengths = Array.from({ length: 12 }, length)
    assert.deepEqual(
      lengths,
      [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300].map((s) => s * 1000)
    )
    for (let s = 0; s < 11 * 30; s++) {
      clock.advance(1000)
      set.sweep()
    }
    assert.equal(length(), 60_000)
  })

  test('a tenth of the endpoints may be ejected at a time, and no more', () => {
    const { set } = setOf(30)
    call(set, 300, () => 'upstream')
    assert.equal(statesOf(set).filter((state) => state === 'ejected').length, 3)
  })

  test('of few endpoints one may be ejected, and never the last', () => {
    const { set: two } = setOf(2)
    call(two, 100, () => 'local')
    assert.equal(statesOf(two).filter((state) => state === 'ejected').length, 1)
    const { set: one } = setOf(1)
    call(one, 100, () => 'local')
    assert.deepEqual(statesOf(one), ['up'])
  })

  test('the last one that probes leave is not ejected', () => {
    const { set } = setOf(2)
    set.setDown(set.endpoints()[1] as Endpoint, true)
    call(set, 100, () => 'local')
    assert.deepEqual(statesOf(set), ['up', 'down'])
  })

  test('calls that end after the ejection do not lengthen it', () => {
    const { set, clock } = setOf(2)
    const held = Array.from({ length: 20 }, () => take(set))
    for (const endpoint of held) set.release(endpoint, first(endpoint) ? 'local' : 'ok', 1)
    assert.equal(set.states()[0]?.ejections, 1)
    clock.advance(30_000)
    set.sweep()
    assert.equal(statesOf(set)[0], 'up')
  })
})

describe('endpoints: share of good answers', () => {
  /** Every call of one endpoint in two fails: never five in a row. */
  const sick = (): ((endpoint: Endpoint) => EndpointOutcome) => {
    let n = 0
    return (endpoint) => (first(endpoint) && n++ % 2 === 0 ? 'upstream' : 'ok')
  }

  test('far below that of the others takes an endpoint out at the end of the window', () => {
    const { set, clock } = setOf(5)
    call(set, 500, sick())
    clock.advance(9999)
    set.sweep()
    assert.equal(statesOf(set)[0], 'up')
    clock.advance(1)
    set.sweep()
    assert.deepEqual(statesOf(set), ['ejected', 'up', 'up', 'up', 'up'])
  })

  test('is not compared where fewer than five endpoints had a hundred calls', () => {
    for (const [count, calls] of [
      [4, 2000],
      [5, 499]
    ] as const) {
      const { set, clock } = setOf(count, { random: () => 0 })
      call(set, calls, sick())
      clock.advance(10_000)
      set.sweep()
      assert.equal(statesOf(set)[0], 'up', `${count} endpoints, ${calls} calls`)
    }
  })

  test('that is bad everywhere takes nobody out', () => {
    const { set, clock } = setOf(10)
    const answers = new Map<string, number>()
    call(set, 5000, ({ origin }) => {
      const n = answers.get(origin) ?? 0
      answers.set(origin, n + 1)
      return n % 2 === 0 ? 'upstream' : 'ok'
    })
    clock.advance(10_000)
    set.sweep()
    assert.equal(statesOf(set).includes('ejected'), false)
  })

  test('counts only the calls of its window', () => {
    const { set, clock } = setOf(5)
    call(set, 250, sick())
    clock.advance(10_000)
    set.sweep()
    call(set, 250, sick())
    clock.advance(10_000)
    set.sweep()
    assert.equal(statesOf(set)[0], 'up')
  })
})

describe('endpoints: slow start', () => {
  for (const policy of ['round-robin', 'least-request'] as const) {
    test(`${policy} gives a returned endpoint a share that grows to the full one`, () => {
      const { set, clock } = setOf(2, { policy, slowStartMs: 30_000, maxInFlight: 10_000 })
      call(set, 40, (endpoint) => (first(endpoint) ? 'local' : 'ok'))
      assert.equal(statesOf(set)[0], 'ejected')
      clock.advance(30_000)
      set.sweep()
      assert.equal(statesOf(set)[0], 'slow_start')
      const shares: number[] = []
      for (const ms of [0, 15_000, 15_000]) {
        clock.advance(ms)
        set.sweep()
        // Held, so that least-request has something to compare.
        const held = Array.from({ length: 2000 }, () => take(set))
        shares.push(held.filter(first).length / held.length)
        for (const endpoint of held) set.release(endpoint, 'ok', 1)
      }
      const [begun = 0, half = 0, full = 0] = shares
      assert.ok(begun < 0.2, `at the beginning ${begun}`)
      assert.ok(half > 0.2 && half < 0.45, `half-way ${half}`)
      assert.ok(full > 0.45 && full < 0.55, `at the end ${full}`)
      assert.equal(statesOf(set)[0], 'up')
    })
  }

  test('begins for endpoints that join others, and not for a whole new list', () => {
    const { set } = setOf(2, { slowStartMs: 30_000 })
    assert.deepEqual(statesOf(set), ['up', 'up'])
    set.update([...origins(2), 'http://new:80'])
    assert.deepEqual(statesOf(set), ['up', 'up', 'slow_start'])
    set.update(['http://other:80', 'http://another:80'])
    assert.deepEqual(statesOf(set), ['up', 'up'])
  })

  test('of all endpoints at once leaves none without calls', () => {
    const { set, clock } = setOf(3, { slowStartMs: 30_000 })
    for (const endpoint of set.endpoints()) set.setDown(endpoint, true)
    for (const endpoint of set.endpoints()) set.setDown(endpoint, false)
    clock.advance(1)
    assert.ok(Math.min(...call(set, 300)) > 50)
  })
})

describe('endpoints: down', () => {
  test('an endpoint that is down takes no calls', () => {
    const { set } = setOf(3)
    set.setDown(set.endpoints()[0] as Endpoint, true)
    assert.deepEqual(call(set, 30), [0, 15, 15])
  })

  test('when all are down or ejected, all are used', () => {
    const { set } = setOf(3)
    call(set, 15, (endpoint) => (first(endpoint) ? 'local' : 'ok'))
    for (const endpoint of set.endpoints().slice(1)) set.setDown(endpoint, true)
    assert.deepEqual(statesOf(set), ['ejected', 'down', 'down'])
    assert.deepEqual(call(set, 30), [10, 10, 10])
    set.setDown(set.endpoints()[2] as Endpoint, false)
    assert.deepEqual(call(set, 30), [0, 0, 30])
  })
})

describe('endpoints: a new list', () => {
  test('keeps what is known of the endpoints that stay', () => {
    const { set } = setOf(3)
    call(set, 15, (endpoint) => (first(endpoint) ? 'local' : 'ok'))
    const before = set.endpoints()[0]
    set.update(['http://10.0.0.1:80', 'http://10.0.0.0:80'])
    assert.equal(set.endpoints()[1], before)
    assert.deepEqual(statesOf(set), ['up', 'ejected'])
  })

  test('lets the calls of those that are gone end, and gives them no more', () => {
    const { set } = setOf(2)
    const [a, b] = [take(set), take(set)]
    const stays = first(a) ? b : a
    const goes = first(a) ? a : b
    set.update([stays.origin])
    set.release(goes, 'local', 1)
    assert.equal(goes.inFlight, 0)
    for (let n = 0; n < 10; n++) assert.equal(set.acquire(), stays)
  })

  test('that is empty is ignored and counted', () => {
    const { set } = setOf(2)
    set.update([])
    assert.equal(set.endpoints().length, 2)
    assert.equal(set.kept(), 1)
  })

  test('with the same endpoints is the same array', () => {
    const { set } = setOf(2)
    const before = set.endpoints()
    set.update(origins(2))
    assert.equal(set.endpoints(), before)
  })

  test('may name one address for two hosts, and the same origin twice', () => {
    const { set } = setOf(0)
    set.update([{ origin: 'http://a', host: 'x' }, { origin: 'http://a', host: 'y' }, 'http://b', 'http://b'])
    assert.deepEqual(
      set.states().map(({ origin, host }) => [origin, host]),
      [
        ['http://a', 'x'],
        ['http://a', 'y'],
        ['http://b', undefined]
      ]
    )
  })
})

describe('endpoints: the rest', () => {
  test('a closed set goes on serving and judges nobody any more', () => {
    const { set } = setOf(2)
    call(set, 10, (endpoint) => (first(endpoint) ? 'local' : 'ok'))
    set.close()
    assert.deepEqual(statesOf(set), ['up', 'up'])
    call(set, 100, () => 'local')
    assert.deepEqual(call(set, 10), [5, 5])
  })

  test('the typical time follows good answers only, and is not told before there were twenty', () => {
    const { set } = setOf(1)
    const answer = (outcome: EndpointOutcome, ms: number): void => set.release(take(set), outcome, ms)
    for (let n = 0; n < 19; n++) answer('ok', 10)
    for (let n = 0; n < 50; n++) answer('upstream', 9000)
    assert.equal(set.typicalMs(), undefined)
    answer('ok', 10)
    assert.equal(Math.round(set.typicalMs() ?? 0), 10)
    for (let n = 0; n < 200; n++) answer('ok', 40)
    assert.equal(Math.round(set.typicalMs() ?? 0), 40)
  })

  test('any order of events leaves the counts right and calls only where they may go', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed)
      const { set, clock } = setOf(6, { random, maxInFlight: 4, policy: seed % 2 ? 'round-robin' : 'least-request' })
      const held: Endpoint[] = []
      for (let step = 0; step < 2000; step++) {
        const dice = random()
        if (dice < 0.5) {
          const endpoint = set.acquire()
          const states = set.states()
          const usable = states.filter(({ state }) => state === 'up' || state === 'slow_start')
          if (endpoint === undefined) {
            for (const { inFlight } of usable.length > 0 ? usable : states) assert.equal(inFlight, 4)
            continue
          }
          held.push(endpoint)
          assert.ok(endpoint.inFlight <= 4)
          if (usable.length > 0) assert.ok(usable.some(({ origin }) => origin === endpoint.origin))
        } else if (dice < 0.93) {
          const [endpoint] = held.splice(Math.floor(random() * held.length), 1)
          if (endpoint) set.release(endpoint, random() < 0.6 ? 'local' : 'ok', 1)
        } else if (dice < 0.96) {
          const endpoint = set.endpoints()[Math.floor(random() * set.endpoints().length)]
          if (endpoint) set.setDown(endpoint, random() < 0.7)
        } else if (dice < 0.97) set.update(origins(10).filter(() => random() < 0.6))
        else {
          clock.advance(5000)
          set.sweep()
        }
      }
      for (const endpoint of held) set.release(endpoint, 'ok', 1)
      for (const { inFlight } of set.states()) assert.equal(inFlight, 0)
    }
  })
})
