import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { managerErrors } from '../../src/apps/manager/errors.ts'
import { listDocuments, listRevisions, readDocument } from '../../src/apps/manager/store/documents.ts'
import type { Store } from '../../src/apps/manager/store/open-store.ts'
import { insertUser, readGrants } from '../../src/apps/manager/store/users.ts'
import type { Model } from '../../src/contracts/model.ts'
import { AboxError } from '../../src/core/errors.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import { applyChange, modelAt, modelOf, openTestStore, prepareStore, TESTER } from '../harness/store.ts'

/** How documents change, on either database. */
export function documentsSuite(make: MakeDatabase): void {
  let store: Store
  before(async () => {
    store = await openTestStore(await make())
    await prepareStore(store)
  })
  after(() => store?.close())

  const auditOf = (key: string) =>
    store.read((db) => db.selectFrom('audit').selectAll().where('key', '=', key).orderBy('seq').execute())
  const revisionsOf = (key: string, kind = 'Model') =>
    store.read((db) => listRevisions(db, { scope: 'qa', kind, key }, 1000))

  test('made, changed, deleted to a tombstone and made again: generations go on, each with its revision and audit', async () => {
    const change = (seen: number | 'absent', body?: object, reason = 'a test') =>
      applyChange(store, { kind: 'Model', key: 'cycle', body, seen, reason, at: 1_800_000_000_000.7 })
    const made = await change('absent', modelOf('cycle'))
    assert.equal(made?.generation, 1)
    const changed = await change(1, modelOf('cycle', { path: '/other' }), 'naïve – 原因')
    assert.equal(changed?.generation, 2)
    assert.equal(changed?.changedAt, 1_800_000_000_001)
    assert.equal(await change(2), undefined)
    const tombstone = await store.read((db) => readDocument(db, { scope: 'qa', kind: 'Model', key: 'cycle' }))
    assert.deepEqual([tombstone?.generation, tombstone?.deleted, tombstone?.changedBy], [3, true, 'alice'])
    const again = await change('absent', modelOf('cycle'))
    assert.equal(again?.generation, 4)
    const revisions = await revisionsOf('cycle')
    assert.deepEqual(
      revisions.map(({ generation, deleted }) => [generation, deleted]),
      [
        [4, 0],
        [3, 1],
        [2, 0],
        [1, 0]
      ]
    )
    assert.deepEqual(JSON.parse(revisions[2]?.body ?? ''), modelOf('cycle', { path: '/other' }))
    const audit = await auditOf('cycle')
    assert.deepEqual(
      audit.map(({ action, generation, actor, actor_by, address, request, business_group }) => ({
        ...{ action, generation, actor, actor_by, address, request, business_group }
      })),
      ['create', 'change', 'delete', 'create'].map((action, index) => ({
        action,
        generation: index + 1,
        actor: 'alice',
        actor_by: 'session',
        address: '10.0.0.9',
        request: 'r-1',
        business_group: 'rank'
      }))
    )
    assert.equal(audit[1]?.reason, 'naïve – 原因')
    assert.deepEqual(JSON.parse(audit[1]?.difference ?? ''), [
      { path: 'variants[a].path', before: '/v2', after: '/other' }
    ])
  })

  test('the same body again writes nothing, whatever it says of its generation', async () => {
    await applyChange(store, { kind: 'Model', key: 'same', body: modelOf('same'), seen: 'absent' })
    const body = { ...modelOf('same'), generation: 77, changedBy: 'mallory', reason: 'none' }
    const stored = await applyChange(store, { kind: 'Model', key: 'same', body, seen: 1, reason: 'again' })
    assert.deepEqual([stored?.generation, stored?.reason], [1, 'a test'])
    assert.equal((await revisionsOf('same')).length, 1)
    assert.equal((await auditOf('same')).length, 1)
  })

  test('a generation that is not the last one, and one of a document that is there or not, are refused', async () => {
    const put = (seen: number | 'absent', path = '/v2') =>
      applyChange(store, { kind: 'Model', key: 'stale', body: modelOf('stale', { path }), seen })
    await assert.rejects(put(1), { code: 'ABOX_GENERATION' })
    await put('absent')
    await put(1, '/2')
    for (const seen of ['absent', 0, 1, 3, -1] as const) {
      await assert.rejects(put(seen, '/3'), { code: 'ABOX_GENERATION' })
    }
    await applyChange(store, { kind: 'Model', key: 'stale', seen: 2 })
    await assert.rejects(put(3), { code: 'ABOX_GENERATION' })
    assert.equal((await put('absent'))?.generation, 4)
  })

  test('who may not, learns neither generation nor difference, and nothing is written', async () => {
    await applyChange(store, { kind: 'Model', key: 'secret', body: modelOf('secret'), seen: 'absent' })
    const permit = (): never => {
      throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'no')
    }
    const attempt = applyChange(store, { kind: 'Model', key: 'secret', body: modelOf('secret'), seen: 9, permit })
    await assert.rejects(attempt, { code: 'ABOX_FORBIDDEN', message: 'ABOX_FORBIDDEN: no' })
    assert.equal((await revisionsOf('secret')).length, 1)
  })

  test('a document of another key than its own, and one that names what is not there, are refused', async () => {
    const wrong = applyChange(store, { kind: 'Model', key: 'x', body: modelOf('y'), seen: 'absent' })
    await assert.rejects(wrong, { code: 'ABOX_DOCUMENT_INVALID', message: /"y".*"x"/ })
    for (const body of [modelOf('x', { cluster: 'none' }), { ...modelOf('x'), businessGroup: 'none' }]) {
      const dangling = applyChange(store, { kind: 'Model', key: 'x', body, seen: 'absent' })
      await assert.rejects(dangling, { code: 'ABOX_REFERENCE', message: /"none"/ })
    }
  })

  test('what others name is not deleted, until they no longer do', async () => {
    await applyChange(store, {
      kind: 'Cluster',
      key: 'small',
      body: { kind: 'Cluster', name: 'small', type: 'legacy' },
      seen: 'absent'
    })
    await applyChange(store, {
      kind: 'Model',
      key: 'holder',
      body: modelOf('holder', { cluster: 'small' }),
      seen: 'absent'
    })
    const remove = () => applyChange(store, { kind: 'Cluster', key: 'small', seen: 1 })
    await assert.rejects(remove(), { code: 'ABOX_REFERENCE', message: /Model holder/ })
    await applyChange(store, { kind: 'Model', key: 'holder', body: modelOf('holder'), seen: 1 })
    assert.equal(await remove(), undefined)
    const group = applyChange(store, { scope: '', kind: 'BusinessGroup', key: 'rank', seen: 1 })
    await assert.rejects(group, { code: 'ABOX_REFERENCE', message: /in qa/ })
  })

  test('models that name an endpoint say where it is, and again when it moves, each as a change of its own', async () => {
    const endpoint = (origin: string, rest: object = {}) => ({
      kind: 'Endpoint',
      name: 'shop',
      businessGroup: 'rank',
      origin,
      ...rest
    })
    const put = (body: object, seen: number | 'absent') =>
      applyChange(store, { kind: 'Endpoint', key: 'shop', body, seen, reason: 'move' })
    await put(
      endpoint('https://one.example.com', { headers: { 'x-key': { secret: 'shop' } }, health: '/up' }),
      'absent'
    )
    for (const key of ['one', 'two']) {
      await applyChange(store, { kind: 'Model', key, body: modelAt(key, 'shop'), seen: 'absent' })
    }
    const read = async (key: string) => {
      const found = await store.read((db) => readDocument(db, { scope: 'qa', kind: 'Model', key }))
      return { generation: found?.generation, variant: (found?.document as Model | undefined)?.variants[0] }
    }
    const before = await read('one')
    assert.deepEqual(before.variant?.endpoints, ['https://one.example.com'])
    assert.deepEqual([before.variant?.headers, before.variant?.health], [{ 'x-key': { secret: 'shop' } }, '/up'])
    await put(endpoint('https://two.example.com'), 1)
    for (const key of ['one', 'two']) {
      const { generation, variant } = await read(key)
      assert.equal(generation, 2)
      assert.deepEqual(variant?.endpoints, ['https://two.example.com'])
      assert.deepEqual([variant?.headers, variant?.health], [undefined, undefined])
      assert.equal((await auditOf(key))[1]?.reason, 'endpoint shop: move')
    }
    await put(endpoint('https://two.example.com', { title: 'only a title' }), 2)
    assert.equal((await read('one')).generation, 2)
    await assert.rejects(applyChange(store, { kind: 'Endpoint', key: 'shop', seen: 3 }), { code: 'ABOX_REFERENCE' })
    const offline = put(endpoint('https://three.example.com', { state: 'offline' }), 3)
    await assert.rejects(offline, { code: 'ABOX_REFERENCE', message: /offline/ })
    assert.deepEqual((await read('one')).variant?.endpoints, ['https://two.example.com'])
  })

  test('an endpoint goes offline only when no variant that is online names it, also where nothing else changes', async () => {
    const endpoint = (rest: object = {}) => ({
      ...{ kind: 'Endpoint', name: 'idle', businessGroup: 'rank', origin: 'https://idle.example.com' },
      ...rest
    })
    await applyChange(store, { kind: 'Endpoint', key: 'idle', body: endpoint(), seen: 'absent' })
    await applyChange(store, { kind: 'Model', key: 'lazy', body: modelAt('lazy', 'idle'), seen: 'absent' })
    const body = endpoint({ state: 'offline' })
    const offline = applyChange(store, { kind: 'Endpoint', key: 'idle', body, seen: 1 })
    await assert.rejects(offline, { code: 'ABOX_REFERENCE', message: /offline/ })
  })

  test('members of a group are what the last document says, and nobody after its end', async () => {
    for (const name of ['bob', 'carol']) {
      await store.write((db) => insertUser(db, { name, title: '', password: '', oidc: '' }, 1))
    }
    const put = (members: object[], seen: number | 'absent') =>
      applyChange(store, {
        scope: '',
        kind: 'BusinessGroup',
        key: 'team',
        body: { kind: 'BusinessGroup', name: 'team', members },
        seen
      })
    const grantsOf = async (user: string) => {
      const grants = await store.read((db) => readGrants(db, user))
      return grants.map(({ businessGroup, role, environment }) => `${businessGroup} ${role} ${environment}`).sort()
    }
    await put(
      [
        { user: 'bob', role: 'viewer', environments: ['*'] },
        { user: 'bob', role: 'viewer', environments: ['*'] },
        { user: 'carol', role: 'admin', environments: ['*'] }
      ],
      'absent'
    )
    assert.deepEqual(await grantsOf('bob'), ['team viewer *'])
    await put([{ user: 'bob', role: 'operator', environments: ['*'] }], 1)
    assert.deepEqual([await grantsOf('bob'), await grantsOf('carol')], [['team operator *'], []])
    await assert.rejects(put([{ user: 'nobody', role: 'viewer', environments: ['*'] }], 2), {
      code: 'ABOX_REFERENCE',
      message: /"nobody"/
    })
    await applyChange(store, { scope: '', kind: 'BusinessGroup', key: 'team', seen: 2 })
    assert.deepEqual(await grantsOf('bob'), [])
  })

  test('lists are sorted by bytes, so that pages neither skip nor repeat', async () => {
    const keys = ['Zulu', 'alpha', 'a-b', 'a.b', 'a_b', 'ab', 'aB']
    for (const key of keys) {
      const body = { kind: 'Algorithm', name: key, businessGroup: 'rank' }
      await applyChange(store, { scope: '', kind: 'Algorithm', key, body, seen: 'absent' })
    }
    const found: string[] = []
    for (;;) {
      const options = { scope: '', kind: 'Algorithm', after: found.at(-1), limit: 2 }
      const page = await store.read((db) => listDocuments(db, options))
      found.push(...page.map(({ key }) => key))
      if (page.length < 2) break
    }
    assert.deepEqual(found, [...keys].sort())
    const none = await store.read((db) => listDocuments(db, { scope: '', kind: 'Algorithm', groups: [], limit: 9 }))
    assert.deepEqual(none, [])
  })

  test('every character that JSON can write comes back as it was', async () => {
    const title = 'nul \u0000, half \ud800, emoji 🦊, quote " and \\'
    const body = { kind: 'Algorithm', name: 'odd', businessGroup: 'rank', title }
    await applyChange(store, { scope: '', kind: 'Algorithm', key: 'odd', body, seen: 'absent' })
    const found = await store.read((db) => readDocument(db, { scope: '', kind: 'Algorithm', key: 'odd' }))
    assert.equal((found?.document as { title?: string } | undefined)?.title, title)
  })

  describe('what was written about the past', () => {
    for (const table of ['audit', 'revisions'] as const) {
      test(`${table} is neither changed nor deleted, also by SQL`, async () => {
        const count = async () => (await store.read((db) => db.selectFrom(table).select('reason').execute())).length
        const lines = await count()
        assert.ok(lines > 0)
        await assert.rejects(
          store.write((db) => db.updateTable(table).set({ reason: 'x' }).execute()),
          /append-only/
        )
        await assert.rejects(
          store.write((db) => db.deleteFrom(table).execute()),
          /append-only/
        )
        await assert.rejects(store.write((db) => sql`truncate table ${sql.table(table)}`.execute(db)))
        assert.equal(await count(), lines)
        assert.equal(
          await store.read(async (db) =>
            (await db.selectFrom(table).select('reason').distinct().execute()).some(({ reason }) => reason === 'x')
          ),
          false
        )
      })
    }

    test('a line of the audit is not written over by one of the same number', async () => {
      if (store.kind !== 'sqlite') return
      const replace = store.write((db) =>
        sql`insert or replace into audit select seq, at, 'mallory', actor_by, address, action, scope, kind, key, generation,
          business_group, reason, difference, request from audit where seq = 1`.execute(db)
      )
      await assert.rejects(replace)
      const mallory = await store.read((db) =>
        db.selectFrom('audit').select('seq').where('actor', '=', 'mallory').execute()
      )
      assert.deepEqual(mallory, [])
    })

    test('nor are they written over by a connection that has set nothing', async () => {
      const url = await make()
      if (!url.startsWith('sqlite:')) return
      const own = await openTestStore(url)
      await prepareStore(own)
      await applyChange(own, { kind: 'Model', key: 'kept', body: modelOf('kept'), seen: 'absent' })
      const database = new DatabaseSync(url.slice('sqlite:'.length))
      for (const table of ['audit', 'revisions']) {
        const rows = (): unknown => database.prepare(`select * from ${table}`).all()
        const before = rows()
        const columns = Object.keys((before as object[])[0] ?? {})
        const values = columns.map((column) => (column === 'reason' ? "'mallory'" : column))
        for (const or of ['replace', 'ignore', 'fail']) {
          const forge = `insert or ${or} into ${table} (${columns.join()}) select ${values.join()} from ${table}`
          assert.throws(() => database.exec(forge), /append-only/)
        }
        assert.deepEqual(rows(), before)
      }
      database.close()
      await own.close()
    })
  })

  test('a thousand writers of one document: each is applied once or refused, and no generation is missing', async () => {
    const url = await make()
    const [one, other] = await Promise.all([openTestStore(url), openTestStore(url)])
    await prepareStore(one)
    await applyChange(one, { kind: 'Model', key: 'busy', body: modelOf('busy'), seen: 'absent' })
    const write = async (index: number): Promise<number> => {
      const own = index % 2 === 0 ? one : other
      const found = await own.read((db) => readDocument(db, { scope: 'qa', kind: 'Model', key: 'busy' }))
      const body = modelOf('busy', { path: `/${index}` })
      const actor = { ...TESTER, name: `w${index}` }
      try {
        const stored = await applyChange(own, {
          kind: 'Model',
          key: 'busy',
          body,
          seen: found?.generation ?? -1,
          actor
        })
        return stored?.generation ?? -1
      } catch (error) {
        const { code } = AboxError.from(error)
        // It has waited too long for the others, as on a slow machine: nothing was written, and it tries again.
        if (code === 'ABOX_DATABASE_AWAY') return write(index)
        assert.equal(code, 'ABOX_GENERATION')
        return 0
      }
    }
    const applied: [number, number][] = []
    let next = 0
    const refused = { count: 0 }
    // Ten at once are at work while the others wait their turn, so that each sees what those before it have left.
    const worker = async (): Promise<void> => {
      while (next < 1000) {
        const index = next++
        const generation = await write(index)
        if (generation === 0) refused.count++
        else applied.push([generation, index])
      }
    }
    await Promise.all(Array.from({ length: 10 }, worker))
    const rush = await Promise.all(Array.from({ length: 1000 }, (_, index) => write(1000 + index)))
    for (const [index, generation] of rush.entries()) {
      if (generation === 0) refused.count++
      else applied.push([generation, 1000 + index])
    }
    assert.equal(applied.length + refused.count, 2000)
    assert.ok(refused.count > 0)
    const revisions = await one.read((db) => listRevisions(db, { scope: 'qa', kind: 'Model', key: 'busy' }, 10_000))
    assert.deepEqual(
      revisions.map(({ generation }) => generation),
      Array.from({ length: applied.length + 1 }, (_, index) => applied.length + 1 - index)
    )
    const writers = new Map(revisions.map(({ generation, changed_by }) => [generation, changed_by]))
    for (const [generation, index] of applied) assert.equal(writers.get(generation), `w${index}`)
    const lines = await one.read((db) =>
      db.selectFrom('audit').select('generation').where('key', '=', 'busy').orderBy('seq').execute()
    )
    assert.deepEqual(
      lines.map(({ generation }) => generation),
      lines.map((_, index) => index + 1)
    )
    await Promise.all([one.close(), other.close()])
  })
}
