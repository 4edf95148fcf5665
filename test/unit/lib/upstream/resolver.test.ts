import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createResolver, type EndpointAddress, type RefusalOf } from '#lib/upstream'
import { manualClock } from './manual-clock.ts'

function resolverOf(answers: Record<string, readonly string[] | Error>) {
  const clock = manualClock()
  const asked: string[] = []
  const refused: string[] = []
  const resolver = createResolver({
    clock,
    onRefused: (host, refusal) => refused.push(`${host}: ${refusal}`),
    lookup: async (name) => {
      asked.push(name)
      const answer = answers[name] ?? []
      if (answer instanceof Error) throw answer
      return answer
    }
  })
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    for (let n = 0; n < 4; n++) {
      resolver.tick()
      for (let turn = 0; turn < 6; turn++) await Promise.resolve()
    }
  }
  /** The deliveries of one watch. */
  const watchOpen = (refusalOf: RefusalOf, ...origins: string[]): (readonly EndpointAddress[])[] => {
    const told: (readonly EndpointAddress[])[] = []
    resolver.watch(origins, (addresses) => told.push(addresses), refusalOf)
    return told
  }
  const watch = (...origins: string[]): { told: (readonly EndpointAddress[])[]; stop: () => void } => {
    const told: (readonly EndpointAddress[])[] = []
    return { told, stop: resolver.watch(origins, (addresses) => told.push(addresses)) }
  }
  return { resolver, pass, watch, watchOpen, asked, answers, refused }
}

const notTen: RefusalOf = (address) => (address.startsWith('10.') ? `${address} is bad` : undefined)

describe('resolver', () => {
  test('a name with several addresses becomes one endpoint for each, with the name as host', async () => {
    const { pass, watch } = resolverOf({ 'models.internal': ['10.0.0.2', '10.0.0.1'] })
    const { told } = watch('http://models.internal:8501')
    assert.deepEqual(told, [[{ origin: 'http://models.internal:8501' }]])
    await pass(0)
    assert.deepEqual(told[1], [
      { origin: 'http://10.0.0.1:8501', host: 'models.internal:8501' },
      { origin: 'http://10.0.0.2:8501', host: 'models.internal:8501' }
    ])
  })

  test('a name with one address becomes that address, and follows it when it moves', async () => {
    const { pass, watch, answers } = resolverOf({ vip: ['10.0.0.1'] })
    const { told } = watch('http://vip')
    await pass(0)
    answers['vip'] = ['10.0.0.2']
    await pass(10_000)
    assert.deepEqual(told, [
      [{ origin: 'http://vip' }],
      [{ origin: 'http://10.0.0.1', host: 'vip' }],
      [{ origin: 'http://10.0.0.2', host: 'vip' }]
    ])
  })

  test('an address and localhost stay as they are', async () => {
    const { pass, watch, asked } = resolverOf({})
    const { told } = watch('http://10.0.0.9:80', 'http://[::1]:80', 'http://localhost:80')
    await pass(0)
    assert.deepEqual(asked, [])
    assert.deepEqual(told, [
      [{ origin: 'http://10.0.0.9:80' }, { origin: 'http://[::1]:80' }, { origin: 'http://localhost:80' }]
    ])
  })

  test('all of 100 names are looked up, again and again', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `m${i}`)
    const { pass, watch, asked } = resolverOf(Object.fromEntries(names.map((name) => [name, ['10.0.0.1']])))
    for (const name of names) watch(`http://${name}`)
    for (let round = 1; round <= 3; round++) {
      await pass(10_000)
      for (let turn = 0; turn < 1000; turn++) await Promise.resolve()
      for (const name of names) assert.equal(asked.filter((one) => one === name).length, round, name)
    }
  })

  test('a watch with rules tells only what they let through, and never a name', async () => {
    const { resolver, pass, watchOpen, answers, refused } = resolverOf({
      m: ['10.0.0.1', '8.8.8.8'],
      localhost: ['10.0.0.2']
    })
    const told = watchOpen(notTen, 'http://m', 'http://localhost', 'http://10.0.0.9', 'http://9.9.9.9', 'http://[::a]')
    assert.deepEqual(told, [[{ origin: 'http://9.9.9.9' }, { origin: 'http://[::a]' }]])
    await pass(0)
    assert.deepEqual(told.at(-1), [
      { origin: 'http://8.8.8.8', host: 'm' },
      { origin: 'http://9.9.9.9' },
      { origin: 'http://[::a]' }
    ])
    assert.deepEqual([resolver.stats().refused, refused], [2, ['m: 10.0.0.1 is bad', 'localhost: 10.0.0.2 is bad']])
    answers['m'] = ['10.0.0.1']
    await pass(10_000)
    await pass(10_000)
    // Counted each time, told once.
    assert.deepEqual([resolver.stats().refused, refused.length], [6, 2])
  })

  test('a refusal is told also where the name was looked up for others before', async () => {
    const { pass, watch, watchOpen, refused } = resolverOf({ m: ['10.0.0.1'] })
    watch('http://m')
    await pass(0)
    assert.deepEqual(watchOpen(notTen, 'http://m'), [])
    await pass(10_000)
    await pass(10_000)
    assert.deepEqual(refused, ['m: 10.0.0.1 is bad'])
  })

  test('a watch with rules is told nothing instead of an empty list, so that the last good one stays', async () => {
    const { pass, watchOpen, answers } = resolverOf({ m: ['8.8.8.8'] })
    const told = watchOpen(notTen, 'http://m')
    assert.deepEqual(told, [])
    await pass(0)
    answers['m'] = ['10.0.0.1']
    await pass(10_000)
    assert.deepEqual(told, [[{ origin: 'http://8.8.8.8', host: 'm' }]])
  })

  test('looks up again every 10 s, and tells only of changes', async () => {
    const { pass, watch, asked, answers } = resolverOf({ m: ['10.0.0.1', '10.0.0.2'] })
    const { told } = watch('http://m')
    await pass(0)
    await pass(9999)
    assert.equal(asked.length, 1)
    await pass(1)
    assert.deepEqual([asked.length, told.length], [2, 2])
    answers['m'] = ['10.0.0.2', '10.0.0.1', '10.0.0.3']
    await pass(10_000)
    assert.equal(told[2]?.length, 3)
  })

  test('keeps the last good addresses when a look-up fails or finds nothing', async () => {
    const { resolver, pass, watch, answers } = resolverOf({ m: ['10.0.0.1', '10.0.0.2'] })
    const { told } = watch('http://m')
    await pass(0)
    answers['m'] = []
    await pass(10_000)
    answers['m'] = new Error('SERVFAIL')
    await pass(10_000)
    answers['m'] = ['no address']
    await pass(10_000)
    assert.equal(told.length, 2)
    assert.deepEqual(resolver.stats(), { lookups: 4, failures: 3, refused: 0 })
  })

  test('the two families of one machine are one endpoint', async () => {
    const { pass, watch } = resolverOf({ m: ['::2', '10.0.0.1', '10.0.0.2', '::1'], six: ['::2', '::1'] })
    const { told } = watch('https://m', 'http://six:80')
    await pass(0)
    assert.deepEqual(told.at(-1), [
      { origin: 'https://10.0.0.1', host: 'm' },
      { origin: 'https://10.0.0.2', host: 'm' },
      { origin: 'http://[::1]', host: 'six' },
      { origin: 'http://[::2]', host: 'six' }
    ])
  })

  test('nothing is told and nothing looked up after the watch has ended', async () => {
    const { pass, watch, asked } = resolverOf({ m: ['10.0.0.1', '10.0.0.2'] })
    const { told, stop } = watch('http://m')
    stop()
    await pass(20_000)
    assert.deepEqual([told.length, asked.length], [1, 0])
  })

  test('a second watch of a name is told at once what is known', async () => {
    const { pass, watch } = resolverOf({ m: ['10.0.0.1', '10.0.0.2'] })
    watch('http://m')
    await pass(0)
    assert.equal(watch('http://m').told[0]?.length, 2)
  })

  test('no more than two look-ups run at a time, and a name has one at a time', async () => {
    const clock = manualClock()
    const open: (() => void)[] = []
    const resolver = createResolver({
      clock,
      lookup: () => new Promise((resolve) => open.push(() => resolve(['10.0.0.1'])))
    })
    resolver.watch(['http://a', 'http://b', 'http://c'], () => {})
    for (let n = 0; n < 5; n++) {
      clock.advance(60_000)
      resolver.tick()
    }
    assert.equal(open.length, 2)
    open[0]?.()
    for (let turn = 0; turn < 6; turn++) await Promise.resolve()
    resolver.tick()
    assert.equal(open.length, 3)
  })
})
