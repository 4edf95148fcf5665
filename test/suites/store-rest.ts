import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hasRole, type Principal } from '../../src/apps/manager/identity/principal.ts'
import { writeAudit } from '../../src/apps/manager/store/audit.ts'
import { digestOfCode, putBundle, readBundle } from '../../src/apps/manager/store/bundles.ts'
import { ANSWERS_KEPT_MS, forgetAnswers } from '../../src/apps/manager/store/idempotency.ts'
import { createLease, isEpoch, releaseLease, takeLease } from '../../src/apps/manager/store/leases.ts'
import type { Store } from '../../src/apps/manager/store/open-store.ts'
import { type AuditQuery, lastAudit, readAudit } from '../../src/apps/manager/store/read-audit.ts'
import { PLATFORM, type Role } from '../../src/contracts/business-group.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import { openTestStore, TESTER } from '../harness/store.ts'

/** What the store keeps beside documents, on either database. */
export function restSuite(make: MakeDatabase): void {
  let store: Store
  before(async () => {
    store = await openTestStore(await make())
  })
  after(() => store?.close())

  test('code of a hook is kept once per group and found by its digest', async () => {
    const code = 'export default (x) => x // ключ 🦊'
    const digest = digestOfCode(code)
    assert.match(digest, /^sha256:[0-9a-f]{64}$/)
    const put = (businessGroup: string, more: object = {}) =>
      store.write((db) => putBundle(db, { businessGroup, language: 'js', code, by: 'alice', ...more }, 5.4))
    assert.deepEqual(await put('rank'), { digest, isNew: true })
    assert.deepEqual(await put('rank', { by: 'bob', digest }), { digest, isNew: false })
    assert.deepEqual(await put('fraud'), { digest, isNew: true })
    await assert.rejects(put('rank', { language: 'ts' }), { code: 'ABOX_EXISTS', message: /found ts, expected js/ })
    const read = (groups?: string[]) => store.read((db) => readBundle(db, digest, groups))
    assert.deepEqual(
      { ...(await read(['rank'])) },
      { digest, business_group: 'rank', language: 'js', code, created_at: 5, created_by: 'alice' }
    )
    assert.equal((await read())?.code, code)
    for (const groups of [[], ['other']]) assert.equal(await read(groups), undefined)
  })

  test('code that is not what its digest says, or no text, is refused and not kept', async () => {
    const put = (code: string, digest?: string) =>
      store.write((db) => putBundle(db, { businessGroup: 'rank', language: 'js', code, digest, by: 'alice' }, 1))
    await assert.rejects(put('a', digestOfCode('b')), {
      code: 'ABOX_REQUEST_INVALID',
      message: /^[^:]*: digest: found/
    })
    await assert.rejects(put('a\0b'), { code: 'ABOX_REQUEST_INVALID', message: /U\+0000/ })
    assert.equal(await store.read((db) => readBundle(db, digestOfCode('a'))), undefined)
  })

  test('one leads at a time, and each new leader has a greater epoch', async () => {
    const take = (holder: string, at: number) =>
      store.write((db) => takeLease(db, { name: 'publish qa', holder, forMs: 1000 }, at))
    assert.equal(await take('one', 0), 1)
    assert.equal(await take('other', 999), undefined)
    assert.equal(await take('one', 999), 1)
    assert.equal(await take('other', 1998), undefined)
    assert.equal(await take('other', 1999), 2)
    assert.equal(await take('one', 2000), undefined)
    const counts = (epoch: number) => store.read((db) => isEpoch(db, 'publish qa', epoch))
    assert.deepEqual([await counts(1), await counts(2)], [false, true])
    await store.write((db) => releaseLease(db, 'publish qa', 'one'))
    assert.equal(await take('one', 2000), undefined)
    await store.write((db) => releaseLease(db, 'publish qa', 'other'))
    assert.equal(await counts(2), false)
    assert.equal(await take('other', 2001), 3)
    assert.equal(await store.write((db) => takeLease(db, { name: 'publish prod', holder: 'one', forMs: 1 }, 0)), 1)
  })

  test('of many that want to lead at the same moment one does', async () => {
    const clock = { wallMs: () => 10, monotonicMs: () => 10 }
    const leases = Array.from({ length: 20 }, (_, index) =>
      createLease(store, { name: 'rush', holder: `m${index}`, forMs: 1000 }, clock)
    )
    const held = await Promise.all(leases.map((lease) => lease.hold()))
    assert.equal(held.filter((isHeld) => isHeld).length, 1)
    await leases[held.indexOf(true)]?.release()
    assert.equal(await leases[3]?.hold(), true)
  })

  test('answers under an Idempotency-Key are forgotten after a day, not before', async () => {
    const day = ANSWERS_KEPT_MS
    await store.write(async (db) => {
      for (const at of [0, 1, day]) {
        await db
          .insertInto('idempotency')
          .values({ actor: 'a', key: `k${at}`, request: '', status: 200, headers: '{}', body: '', at })
          .execute()
      }
      await forgetAnswers(db, day + 1)
    })
    const left = await store.read((db) => db.selectFrom('idempotency').select('at').orderBy('at').execute())
    assert.deepEqual(
      left.map(({ at }) => at),
      [1, day]
    )
  })

  test('the audit is read by what it is about, in pages from both ends', async () => {
    const own = await openTestStore(await make())
    await own.write(async (db) => {
      for (let n = 1; n <= 6; n++) {
        const kind = n % 2 === 0 ? 'Model' : 'Hook'
        const actor = { ...TESTER, name: n > 3 ? 'bob' : 'alice' }
        await writeAudit(db, { actor, action: 'change', scope: 'qa', kind, key: `k${n % 3}`, generation: n }, n)
      }
    })
    const principal = principalOf([PLATFORM, '*'])
    const read = async (query: Omit<AuditQuery, 'principal' | 'limit'>, limit = 10) =>
      (await own.read((db) => readAudit(db, { principal, limit, ...query }))).map(({ seq }) => seq)
    assert.equal(await own.read(lastAudit), 6)
    assert.deepEqual(await read({}), [6, 5, 4, 3, 2, 1])
    assert.deepEqual(await read({}, 2), [6, 5])
    assert.deepEqual(await read({ before: 5 }, 2), [4, 3])
    assert.deepEqual(await read({ after: 0 }, 2), [1, 2])
    assert.deepEqual(await read({ after: 5 }), [6])
    assert.deepEqual(await read({ kind: 'Model' }), [6, 4, 2])
    assert.deepEqual(await read({ kind: 'Model', key: 'k1', actor: 'bob' }), [4])
    assert.deepEqual(await read({ scope: 'prod' }), [])
    await own.close()
  })

  test('everybody sees of the audit what he may see the documents of', async () => {
    const own = await openTestStore(await make())
    const places = ['', 'rank', 'fraud'].flatMap((group) => ['', 'qa', 'prod'].map((scope) => ({ group, scope })))
    await own.write(async (db) => {
      for (const { group, scope } of places) {
        await writeAudit(db, { actor: TESTER, action: 'change', scope, businessGroup: group }, 1)
      }
    })
    const grants = [PLATFORM, 'rank', 'fraud'].flatMap((group) =>
      ['*', 'qa', 'prod'].map((environment) => [group, environment] as const)
    )
    const principals = [
      principalOf(),
      ...grants.map((grant) => principalOf(grant)),
      principalOf(['rank', 'qa'], ['fraud', 'prod'])
    ]
    for (const principal of principals) {
      const rows = await own.read((db) => readAudit(db, { principal, after: 0, limit: 100 }))
      assert.deepEqual(
        rows.map(({ business_group, scope }) => ({ group: business_group, scope })),
        places.filter(({ group, scope }) => hasRole(principal, 'viewer', group, scope)),
        JSON.stringify(principal.grants)
      )
    }
    await own.close()
  })
}

const principalOf = (...grants: (readonly [group: string, environment: string])[]): Principal => ({
  actor: TESTER,
  grants: grants.map(([businessGroup, environment]) => ({ businessGroup, environment, role: 'viewer' as Role }))
})
