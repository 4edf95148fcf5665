import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OriginRules } from '../../src/apps/manager/documents/check-origins.ts'
import type { Store } from '../../src/apps/manager/store/open-store.ts'
import { createOutbound, type Outbound } from '../../src/lib/outbound/index.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import { applyChange, modelAt, modelOf, openTestStore, prepareStore } from '../harness/store.ts'

const REFUSED = { code: 'ABOX_DOCUMENT_INVALID' }

/** Which addresses documents may name, whatever way they are changed. */
export function originsSuite(make: MakeDatabase): void {
  let store: Store
  const open: Outbound[] = []
  const rulesOf = (internal: readonly string[], thirdParty: readonly string[]): OriginRules => {
    const own = createOutbound({ schemes: ['http:', 'https:'], ports: 'any', allow: internal })
    const foreign = createOutbound({ schemes: ['https:'], ports: [443], allow: thirdParty })
    open.push(own, foreign)
    return { refusalOf: (origin, whose) => (whose === 'internal' ? own : foreign).refusalOf(origin) }
  }
  const wide = rulesOf(['10.0.0.0/8'], ['10.0.0.0/8'])
  const strict = rulesOf(['10.1.0.0/16'], [])
  before(async () => {
    store = await openTestStore(await make())
    await prepareStore(store)
  })
  after(async () => {
    await store.close()
    for (const outbound of open) await outbound.close()
  })

  const endpoint = (name: string, origin: string): object => ({ kind: 'Endpoint', name, businessGroup: 'rank', origin })
  const change = (kind: string, key: string, body: object, seen: number | 'absent', origins: OriginRules) =>
    applyChange(store, { kind, key, body, seen, origins })

  test('a model of our own fleet may be where its ranges are, by public addresses and by names', async () => {
    for (const origin of ['http://10.1.2.3:8501', 'https://8.8.8.8', 'http://models.internal:8501']) {
      const key = `m-${new URL(origin).hostname}`
      await change('Model', key, modelOf(key, { endpoints: [origin] }), 'absent', strict)
    }
    for (const origin of ['http://10.2.0.1', 'http://127.0.0.1', 'http://[fe80::1]', 'http://0x7f.1']) {
      const changed = change(
        'Model',
        'bad',
        modelOf('bad', { endpoints: ['http://10.1.0.1', origin] }),
        'absent',
        strict
      )
      await assert.rejects(changed, { ...REFUSED, path: 'variants[a].endpoints[1]' })
    }
  })

  test('going back to an address that is refused by now is refused', async () => {
    const [old, now] = ['https://10.2.0.1', 'https://models.example.com'].map((origin) => endpoint('back', origin))
    await change('Endpoint', 'back', old ?? {}, 'absent', wide)
    await change('Endpoint', 'back', now ?? {}, 1, strict)
    await assert.rejects(change('Endpoint', 'back', old ?? {}, 2, strict), { ...REFUSED, path: 'origin' })
  })

  test('what stood in the document before does not keep other changes out when the rules have become stricter', async () => {
    const body = modelOf('moved', { endpoints: ['http://10.2.0.1'] })
    await change('Model', 'moved', body, 'absent', wide)
    const changed = await change('Model', 'moved', { ...body, split: { weights: { a: 1_000_000 } } }, 1, strict)
    assert.equal(changed?.generation, 2)
  })

  test('an address of a third party is judged as such in the models that name it', async () => {
    await change('Endpoint', 'far', endpoint('far', 'https://10.2.0.1'), 'absent', wide)
    await assert.rejects(change('Model', 'at-far', modelAt('at-far', 'far'), 'absent', strict), REFUSED)
    await change('Model', 'at-far', modelAt('at-far', 'far'), 'absent', wide)
    const following = change('Endpoint', 'far', endpoint('far', 'https://10.3.0.1'), 1, strict)
    await assert.rejects(following, REFUSED)
  })

  test('an address that our own fleet may have does not become one of a third party by moving a variant', async () => {
    const both = rulesOf(['10.0.0.0/8'], [])
    await change('Model', 'own', modelOf('own', { endpoints: ['https://10.2.0.1'] }), 'absent', both)
    await assert.rejects(change('Model', 'own', modelAt('own', 'far'), 1, both), REFUSED)
  })
}
