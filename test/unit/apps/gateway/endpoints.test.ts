import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Model, Variant } from '#contracts/model'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { createUpstream, type Lookup } from '#lib/upstream'
import type { Discovery } from '../../../../src/apps/gateway/discovery.ts'
import { compileModel } from '../../../../src/apps/gateway/documents/compile.ts'
import { createEndpointMetrics } from '../../../../src/apps/gateway/endpoint-metrics.ts'
import { acquireEndpoint } from '../../../../src/apps/gateway/endpoint-outcome.ts'
import { createEndpointKeeper, type EndpointKeeper } from '../../../../src/apps/gateway/endpoints.ts'
import type { ModelEntry, VariantTarget } from '../../../../src/apps/gateway/routing-table.ts'

const OPTIONS = { maxInFlight: 2, ejectMs: 30_000, slowStartMs: 0, probeIntervalMs: 600_000, resolveMs: 600_000 }
const OPEN = { thirdPartyRanges: [], log: silentLogger }

function keeperOf(discovery?: Discovery, lookup: Lookup = () => Promise.resolve([])): EndpointKeeper {
  const keeper = createEndpointKeeper({
    clock: systemClock,
    upstream: createUpstream(),
    discovery,
    lookup,
    ...OPTIONS,
    ...OPEN
  })
  keeper.close()
  return keeper
}

const model = (variant: Partial<Variant>, name = 'rank'): Model =>
  ({ kind: 'Model', name, variants: [{ name: 'a', cluster: 'c', protocol: 'raw', path: '/x', ...variant }] }) as Model

/** As the applier does: compile, then retain. */
function apply(keeper: EndpointKeeper, ...documents: Model[]): VariantTarget[] {
  const models: ModelEntry[] = documents.map((document) => compileModel(document, undefined, keeper.setOf))
  keeper.retain(models)
  return models.flatMap(({ variants }) => variants)
}

const originsOf = (target: VariantTarget | undefined): string[] =>
  target?.endpoints.endpoints().map(({ origin }) => origin) ?? []

describe('endpoints over document changes', () => {
  test('the same pair of model and variant keeps its set, with the new list', () => {
    const keeper = keeperOf()
    const [before] = apply(keeper, model({ endpoints: ['http://10.0.0.1', 'http://10.0.0.2'] }))
    const held = before?.endpoints.endpoints()[1]
    const [now] = apply(keeper, model({ endpoints: ['http://10.0.0.2', 'http://10.0.0.3'], path: '/y' }))
    assert.equal(now?.endpoints, before?.endpoints)
    assert.deepEqual(originsOf(now), ['http://10.0.0.2', 'http://10.0.0.3'])
    assert.equal(now?.endpoints.endpoints()[0], held)
  })

  test('a document that is compiled and then refused changes nothing', () => {
    const keeper = keeperOf()
    const [target] = apply(keeper, model({ endpoints: ['http://10.0.0.1'] }))
    compileModel(model({ endpoints: ['http://10.0.0.9'] }), undefined, keeper.setOf)
    compileModel(model({ endpoints: ['http://10.0.0.9'] }, 'other'), undefined, keeper.setOf)
    assert.deepEqual(originsOf(target), ['http://10.0.0.1'])
  })

  test('a pair that is gone serves the calls that still hold it, and begins anew when it returns', () => {
    const keeper = keeperOf()
    const [gone] = apply(keeper, model({ endpoints: ['http://10.0.0.1'] }))
    apply(keeper)
    assert.equal(gone?.endpoints.acquire()?.origin, 'http://10.0.0.1')
    assert.equal([...keeper.kept()].length, 0)
    const [back] = apply(keeper, model({ endpoints: ['http://10.0.0.1'] }))
    assert.notEqual(back?.endpoints, gone?.endpoints)
    assert.equal(back?.endpoints.endpoints()[0]?.inFlight, 0)
  })

  test('two variants with the same endpoint judge it apart', () => {
    const keeper = keeperOf()
    const [one, two] = apply(
      keeper,
      model({ endpoints: ['http://10.0.0.1'] }),
      model({ endpoints: ['http://10.0.0.1'] }, 'other')
    )
    assert.notEqual(one?.endpoints, two?.endpoints)
  })

  test('another policy is another set', () => {
    const keeper = keeperOf()
    const endpoints = ['http://10.0.0.1']
    const [before] = apply(keeper, model({ endpoints }))
    const [now] = apply(keeper, model({ endpoints, balance: 'least-request' }))
    assert.notEqual(now?.endpoints, before?.endpoints)
    assert.deepEqual(originsOf(now), endpoints)
    assert.equal([...keeper.kept()].length, 1)
  })
})

describe('endpoints by name', () => {
  test('are one for each address, and keep the name for Host', async () => {
    const keeper = keeperOf(undefined, () => Promise.resolve(['10.0.0.2', '10.0.0.1']))
    const [target] = apply(keeper, model({ endpoints: ['http://models.internal:8501'] }))
    assert.deepEqual(originsOf(target), ['http://models.internal:8501'])
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(target), ['http://10.0.0.1:8501', 'http://10.0.0.2:8501'])
    assert.equal(target?.endpoints.acquire()?.host, 'models.internal:8501')
  })

  test('that cannot be looked up stay as they are, which is counted', async () => {
    const keeper = keeperOf(undefined, () => Promise.reject(new Error('SERVFAIL')))
    const [target] = apply(keeper, model({ endpoints: ['http://models.internal:8501'] }))
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(target), ['http://models.internal:8501'])
    assert.equal(keeper.resolveFailures(), 1)
  })
})

describe('endpoints of third parties', () => {
  const at = (origin: string, more: Partial<Variant> = {}): Model =>
    model({ endpoint: 'vendor', endpoints: [origin], ...more })

  test('are never known by name: before the look-up there is none', async () => {
    const keeper = keeperOf(undefined, () => Promise.resolve(['93.184.215.14', '10.0.0.1']))
    const [target] = apply(keeper, at('https://models.example.com'))
    assert.deepEqual(originsOf(target), [])
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(target), ['https://93.184.215.14'])
    assert.equal(target?.endpoints.acquire()?.host, 'models.example.com')
    assert.equal(keeper.refusedAddresses(), 1)
  })

  test('that move begin anew: what is sent to the new place does not go to the old one', async () => {
    const keeper = keeperOf(undefined, async (name) => (name === 'a.example' ? ['93.184.215.14'] : []))
    apply(keeper, at('https://a.example'))
    await new Promise(setImmediate)
    const [moved] = apply(keeper, at('https://b.example'))
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(moved), [])
    const [own] = apply(keeper, model({ endpoints: ['http://10.0.0.1'] }))
    const [foreign] = apply(keeper, at('https://b.example'))
    assert.notEqual(foreign?.endpoints, own?.endpoints)
    assert.deepEqual(originsOf(foreign), [])
  })

  test('keep their set while nothing but their headers changes', async () => {
    const keeper = keeperOf(undefined, () => Promise.resolve(['93.184.215.14']))
    const [before] = apply(keeper, at('https://a.example'))
    await new Promise(setImmediate)
    const [now] = apply(keeper, at('https://a.example', { headers: { 'x-a': 'b' } }))
    assert.equal(now?.endpoints, before?.endpoints)
    assert.deepEqual(originsOf(now), ['https://93.184.215.14'])
  })

  test('may share a name with our own, which is not checked', async () => {
    const keeper = keeperOf(undefined, () => Promise.resolve(['10.0.0.1']))
    const [own, foreign] = apply(keeper, model({ endpoints: ['https://a.example'] }), {
      ...at('https://a.example'),
      name: 'other'
    } as Model)
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(own), ['https://10.0.0.1'])
    assert.deepEqual(originsOf(foreign), [])
  })
})

describe('what is known of endpoints', () => {
  test('stays with the addresses of a name when the document changes while names cannot be looked up', async () => {
    let answers: readonly string[] | undefined = ['10.0.0.1', '10.0.0.2']
    const keeper = keeperOf(undefined, async () => answers ?? Promise.reject(new Error('SERVFAIL')))
    const [target] = apply(keeper, model({ endpoints: ['http://models.internal'] }))
    await new Promise(setImmediate)
    const [first] = target?.endpoints.endpoints() ?? []
    answers = undefined
    apply(keeper, model({ endpoints: ['http://models.internal', 'http://10.0.0.9'] }))
    await new Promise(setImmediate)
    assert.deepEqual(originsOf(target), ['http://10.0.0.1', 'http://10.0.0.2', 'http://10.0.0.9'])
    assert.equal(target?.endpoints.endpoints()[0], first)
  })

  test('stays with what probes have found when the list changes; what is new waits for its first good probe', async () => {
    const keeper = keeperOf()
    const [target] = apply(keeper, model({ endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] }))
    const set = target?.endpoints
    const [, second] = set?.endpoints() ?? []
    if (second !== undefined) set?.setDown(second, true)
    apply(keeper, model({ endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'] }))
    await new Promise(setImmediate)
    assert.deepEqual(
      set?.states().map(({ state }) => state),
      ['up', 'down', 'down']
    )
  })

  test('costs one look at all sets for all documents of a change', async () => {
    const keeper = keeperOf()
    const documents = Array.from({ length: 500 }, (_, i) =>
      model({ endpoints: ['http://10.0.0.1', 'http://10.0.0.2'] }, `m${i}`)
    )
    const sets = apply(keeper, ...documents).map(({ endpoints }) => endpoints)
    let looks = 0
    for (const set of sets) {
      const list = set.endpoints.bind(set)
      Object.assign(set, {
        endpoints: () => {
          looks++
          return list()
        }
      })
    }
    apply(keeper, ...documents.map((_, i) => model({ endpoints: ['http://10.0.0.1', 'http://10.0.0.3'] }, `m${i}`)))
    await new Promise(setImmediate)
    assert.ok(looks <= 500 * 4, `${looks} looks`)
  })
})

describe('endpoints from workers', () => {
  /** Says what ZooKeeper lists, and whether somebody listens. */
  function workers() {
    let listener: ((origins: readonly string[]) => void) | undefined
    const discovery: Discovery = {
      watch(_model, deliver) {
        listener = deliver
        return () => {
          listener = undefined
        }
      },
      badNames: () => new Map([['rank', 3]]),
      close: () => Promise.resolve()
    }
    return { discovery, say: (...origins: string[]) => listener?.(origins), isWatched: () => listener !== undefined }
  }

  test('are used as they come and go, and the last good list stays', () => {
    const { discovery, say, isWatched } = workers()
    const keeper = keeperOf(discovery)
    const [target] = apply(keeper, model({ discover: 'workers' }))
    assert.deepEqual(originsOf(target), [])
    say('http://10.0.0.1:80', 'http://10.0.0.2:80')
    assert.deepEqual(originsOf(target), ['http://10.0.0.1:80', 'http://10.0.0.2:80'])
    say()
    assert.equal(originsOf(target).length, 2)
    say('http://10.0.0.2:80')
    assert.deepEqual(originsOf(target), ['http://10.0.0.2:80'])
    apply(keeper, model({ endpoints: ['http://10.0.0.9'] }))
    assert.deepEqual([originsOf(target), isWatched()], [['http://10.0.0.9'], false])
  })

  test('need ZooKeeper', () => {
    assert.throws(() => apply(keeperOf(), model({ discover: 'workers' })), {
      code: 'ABOX_DOCUMENT_INVALID',
      message: /model rank: variant a: discover: found "workers", which needs ZooKeeper: expected documents\.root/
    })
  })

  test('exactly one of endpoints and discover', () => {
    for (const variant of [{}, { endpoints: ['http://a'], discover: 'workers' as const }]) {
      assert.throws(() => apply(keeperOf(workers().discovery), model(variant)), {
        code: 'ABOX_DOCUMENT_INVALID',
        message: /model rank: variant a: expected exactly one of endpoints and discover/
      })
    }
  })

  test('a call of a variant without any is told so', () => {
    const [target] = apply(keeperOf(workers().discovery), model({ discover: 'workers' }))
    assert.throws(() => acquireEndpoint(target as VariantTarget), { code: 'ABOX_NO_ENDPOINT', message: /variant a: / })
  })
})

describe('calls in flight at endpoints', () => {
  test('beyond the bound of all of them a call is refused with the bound’s name', () => {
    const [target] = apply(keeperOf(), model({ endpoints: ['http://10.0.0.1', 'http://10.0.0.2'] }))
    for (let n = 0; n < 4; n++) acquireEndpoint(target as VariantTarget)
    assert.throws(() => acquireEndpoint(target as VariantTarget), {
      code: 'ABOX_UPSTREAM_BUSY',
      message: /variant a: all of its 2 endpoints have endpoints\.maxInFlight calls/
    })
  })
})

describe('metrics of endpoints', () => {
  test('carry model, variant and endpoint', () => {
    const keeper = keeperOf()
    const [target] = apply(keeper, model({ endpoints: ['http://10.0.0.1', 'http://10.0.0.2'] }))
    const [first, second] = target?.endpoints.endpoints() ?? []
    if (first === undefined || second === undefined) throw new Error('two endpoints')
    target?.endpoints.setDown(second, true)
    target?.endpoints.acquire()
    const metrics = createEndpointMetrics(keeper, undefined)
    assert.deepEqual(
      [...metrics.state()],
      [
        ['rank\na\nhttp://10.0.0.1', 0],
        ['rank\na\nhttp://10.0.0.2', 3]
      ]
    )
    assert.deepEqual([...metrics.inFlight().values()], [1, 0])
    assert.deepEqual([...metrics.ejections().values()], [0, 0])
    assert.deepEqual([...metrics.probeFailures()], [['rank\na', 0]])
  })

  test('tell failures to reach an endpoint from its bad answers', () => {
    const keeper = keeperOf()
    const [target] = apply(keeper, model({ endpoints: ['http://10.0.0.1'] }))
    for (const outcome of ['local', 'upstream', 'ok', 'upstream', 'none'] as const) {
      const endpoint = target?.endpoints.acquire()
      if (endpoint === undefined) throw new Error('an endpoint')
      target?.endpoints.release(endpoint, outcome, 1)
    }
    assert.deepEqual(
      [...createEndpointMetrics(keeper, undefined).failures()],
      [
        ['rank\na\nhttp://10.0.0.1\nconnection', 1],
        ['rank\na\nhttp://10.0.0.1\nanswer', 2]
      ]
    )
  })

  test('of a long list are those of the 200 worst', () => {
    const keeper = keeperOf()
    const endpoints = Array.from({ length: 1000 }, (_, n) => `http://10.0.${n >> 8}.${n & 255}`)
    const [target] = apply(keeper, model({ endpoints }))
    const last = target?.endpoints.endpoints().at(-1)
    if (last === undefined) throw new Error('a thousand endpoints')
    target?.endpoints.setDown(last, true)
    const states = createEndpointMetrics(keeper, undefined).state()
    assert.equal(states.size, 200)
    assert.equal(states.get(`rank\na\n${last.origin}`), 3)
  })
})
