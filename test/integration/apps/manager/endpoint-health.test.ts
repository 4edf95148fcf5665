import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createHealthWatch, type HealthWatch } from '../../../../src/apps/manager/online/endpoint-health.ts'
import type { Store } from '../../../../src/apps/manager/store/open-store.ts'
import type { Endpoint } from '../../../../src/contracts/endpoint.ts'
import { silentLogger } from '../../../../src/core/logger.ts'
import { describeOnSqlite } from '../../../harness/databases.ts'
import { applyChange, openTestStore, prepareStore } from '../../../harness/store.ts'
import { until } from '../../../harness/until.ts'

/** Questions of the watch that the test answers. */
interface Question {
  readonly endpoint: Endpoint
  answer(why: string): void
}

const EVERY_MS = 15_000

describeOnSqlite('the watch over endpoints', (make) => {
  let store: Store
  let watch: HealthWatch
  let now = 1000
  let open: Question[] = []
  const generations = new Map<string, number>()
  before(async () => {
    store = await openTestStore(await make())
    await prepareStore(store)
    watch = createHealthWatch({
      store,
      ask: (endpoint) => new Promise((resolve) => open.push({ endpoint, answer: resolve })),
      everyMs: EVERY_MS,
      clock: { wallMs: () => now, monotonicMs: () => now },
      log: silentLogger,
      lookMs: 5,
      random: () => 0.5
    })
  })
  after(async () => {
    await watch.close()
    await store.close()
  })
  const put = async (key: string, more: object = {}): Promise<void> => {
    const seen = generations.get(key)
    const body = { kind: 'Endpoint', name: key, businessGroup: 'rank', origin: `https://${key}.example`, ...more }
    const stored = await applyChange(store, { kind: 'Endpoint', key, body, seen: seen ?? 'absent' })
    generations.set(key, stored?.generation ?? 0)
  }
  const asked = async (count: number): Promise<Question[]> => {
    await until(`${count} questions`, () => open.length >= count)
    return open
  }
  const takeOne = async (): Promise<Question> => {
    const [question, ...rest] = await asked(1)
    assert.ok(question !== undefined && rest.length === 0)
    open = []
    return question
  }
  const stateIs = (key: string, state: string): Promise<void> =>
    until(`${key} is ${state}`, () => watch.find('qa', key)?.state === state)

  test('an endpoint is asked at once, then after each pause, and keeps since when it is so', async () => {
    await put('a')
    const first = await takeOne()
    assert.deepEqual(watch.find('qa', 'a'), { state: 'unknown', since: undefined, why: '' })
    first.answer('')
    await stateIs('a', 'well')
    now += EVERY_MS - 1
    await put('other')
    const other = await takeOne()
    // What came later was asked, so the first one has been looked at and was not due.
    assert.equal(other.endpoint.name, 'other')
    other.answer('')
    now += 1
    const second = await takeOne()
    second.answer('')
    await stateIs('other', 'well')
    await until('it was taken', () => watch.counts().get('qa\nwell') === 2)
    assert.deepEqual(watch.find('qa', 'a'), { state: 'well', since: 1000, why: '' })
    now += EVERY_MS
    for (const question of [...(await asked(2))]) question.answer('no connection')
    open = []
    await stateIs('a', 'unwell')
    assert.deepEqual(watch.find('qa', 'a'), { state: 'unwell', since: now, why: 'no connection' })
    await stateIs('other', 'unwell')
    assert.deepEqual([...watch.counts()], [['qa\nunwell', 2]])
  })

  test('the answer to a question that the document has overtaken is dropped', async () => {
    await put('b')
    const old = await takeOne()
    await put('b', { origin: 'https://moved.example' })
    const fresh = await takeOne()
    assert.equal(fresh.endpoint.origin, 'https://moved.example')
    fresh.answer('')
    await stateIs('b', 'well')
    old.answer('no connection')
    await put('b', { origin: 'https://moved.example', title: 'only a title' })
    await put('c')
    const { endpoint, answer } = await takeOne()
    answer('')
    assert.equal(endpoint.name, 'c')
    await stateIs('c', 'well')
    assert.equal(watch.find('qa', 'b')?.state, 'well')
  })

  test('one that is offline is not asked, and one that is gone is forgotten', async () => {
    await put('b', { state: 'offline' })
    await stateIs('b', 'offline')
    await applyChange(store, { kind: 'Endpoint', key: 'c', seen: 1 })
    await until('it is forgotten', () => watch.find('qa', 'c') === undefined)
    assert.deepEqual(open, [])
  })

  test('at most eight are asked at a time, and the next when one has answered', async () => {
    for (let n = 0; n < 12; n++) await put(`m${n}`)
    const eight = [...(await asked(8))]
    await stateIs('m11', 'unknown')
    assert.equal(open.length, 8)
    eight[0]?.answer('')
    await asked(9)
    for (const question of open) question.answer('')
    await until('all were asked', () => open.length === 12)
    for (const question of open) question.answer('')
    await until('all are well', () =>
      Array.from({ length: 12 }, (_, n) => watch.find('qa', `m${n}`)).every((health) => health?.state === 'well')
    )
  })
})
