import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CompiledQuery } from 'kysely'
import { hasRole, type Principal } from '../../src/apps/manager/identity/principal.ts'
import { writeAudit } from '../../src/apps/manager/store/audit.ts'
import { digestOfCode, putBundle, readBundle } from '../../src/apps/manager/store/bundles.ts'
import { ANSWERS_KEPT_MS, forgetAnswers } from '../../src/apps/manager/store/idempotency.ts'
import type { Store } from '../../src/apps/manager/store/open-store.ts'
import { type AuditQuery, auditQuery, lastAudit, readAudit } from '../../src/apps/manager/store/read-audit.ts'
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

  test('answers under an Idempotency-Key are forgotten after a day, not before', async () => {
    const day = ANSWERS_KEPT_MS
    await store.write(async (db) => {
      for (const at of [0, 1, day]) {
        await db
          .insertInto('idempotency')
          .values({ actor: 'a', key: `k${at}`, request: '', status: 200, headers: '{}', body: '', at })
          .execute()
      }
      assert.equal(await forgetAnswers(db, day + 1, 10), 1)
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

  test('whoever sees little of a long audit is answered by an index, and so is each filter and what the command line asks', async () => {
    const own = await openTestStore(await make())
    const columns =
      'at,actor,actor_by,address,action,scope,kind,key,generation,business_group,reason,difference,request'
    await own.write((db) =>
      db.executeQuery(
        CompiledQuery.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
          insert into audit(${columns}) select i, 'user' || (i % 40), '', '', 'change', case i % 2 when 0 then 'qa' else '' end,
          'Model', 'k' || i, 1, 'group' || (i % 40), '', '[]', '' from n`)
      )
    )
    if (own.kind === 'postgres') await own.write((db) => db.executeQuery(CompiledQuery.raw('analyze audit')))
    const explain = own.kind === 'postgres' ? 'explain' : 'explain query plan'
    const planOf = (query: Omit<AuditQuery, 'limit'>): Promise<string> =>
      own.read(async (db) => {
        const { sql, parameters } = auditQuery(db, { limit: 100, ...query }).compile()
        return JSON.stringify(await db.executeQuery(CompiledQuery.raw(`${explain} ${sql}`, [...parameters])))
      })
    const platform = principalOf([PLATFORM, '*'])
    const several = principalOf(['group1', 'qa'], ['group1', 'prod'], ['none', '*'], ['group2', '*'])
    // Of who has much PostgreSQL may read the newest lines of all: among them are enough of his.
    const ofMuch = (index: string): RegExp => new RegExp(own.kind === 'postgres' ? `${index}|audit_pkey` : index)
    // SQLite knows the numbers of no values: only an index of both is sure. PostgreSQL may take that of the rarer one.
    const byOne = (both: string, rarer: string): RegExp =>
      new RegExp(own.kind === 'postgres' ? `${both}|${rarer}` : both)
    const cases: [RegExp, Omit<AuditQuery, 'limit'>][] = [
      [/audit_group/, { principal: principalOf(['none', '*']) }],
      [ofMuch('audit_group'), { principal: principalOf(['group1', '*']) }],
      [/audit_group/, { principal: principalOf(['none', 'qa'], ['none', 'prod']) }],
      [/audit_group/, { principal: principalOf(['none', '*']), after: 0 }],
      [/audit_group/, { principal: several }],
      [ofMuch('audit_scope'), { principal: principalOf([PLATFORM, 'qa']) }],
      [ofMuch('audit_scope'), { principal: platform, scope: 'qa' }],
      [/audit_actor/, { principal: platform, actor: 'none' }],
      [ofMuch('audit_actor'), { principal: platform, actor: 'user1' }],
      [byOne('audit_document', 'audit_key'), { principal: platform, scope: 'qa', kind: 'Model', key: 'k2' }],
      [/audit_action/, { principal: platform, action: 'none' }],
      [ofMuch('audit_action'), { principal: platform, action: 'change' }],
      [/audit_kind/, { principal: platform, kind: 'None' }],
      [ofMuch('audit_kind'), { principal: platform, kind: 'Model' }],
      [/audit_key/, { principal: platform, key: 'k2' }],
      [byOne('audit_document', 'audit_key'), { principal: platform, kind: 'Model', key: 'k2' }],
      [byOne('audit_scope_kind', 'audit_kind'), { principal: platform, scope: 'qa', kind: 'None' }],
      [byOne('audit_actor_scope', 'audit_scope'), { principal: platform, scope: 'none', actor: 'user1' }],
      [byOne('audit_actor_scope', 'audit_actor'), { principal: platform, scope: 'qa', actor: 'none' }],
      [byOne('audit_actor_kind', 'audit_actor'), { principal: platform, kind: 'Model', actor: 'none' }],
      [byOne('audit_actor_kind', 'audit_kind'), { principal: platform, kind: 'None', actor: 'user1' }],
      [byOne('audit_actor_kind', 'audit_actor'), { principal: platform, scope: 'qa', kind: 'Model', actor: 'none' }],
      // Beside a filter that nearly all lines pass the group is what there is little of.
      [/audit_group/, { principal: principalOf(['none', '*']), action: 'change' }],
      [/audit_group/, { principal: principalOf(['none', '*']), kind: 'Model' }]
    ]
    for (const [index, query] of cases) {
      const plan = await planOf(query)
      assert.match(plan, index, `${JSON.stringify(query)}: ${plan}`)
      assert.doesNotMatch(plan, /SCAN audit|Seq Scan on audit/, JSON.stringify(query))
    }
    const seen = await own.read((db) => readAudit(db, { principal: several, limit: 3, before: 20_000 }))
    assert.deepEqual(
      seen.map(({ business_group }) => business_group),
      ['group2', 'group1', 'group2']
    )
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
