import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MakeDatabase } from '../harness/databases.ts'
import { type Answer, landscape, modelDocument, putAll, type RunningManager, startManager } from '../harness/manager.ts'

const MODEL = '/api/v1/environments/qa/models/rank-v1'

/** How documents are read and changed over HTTP, on either database. */
export function documentsApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  before(async () => {
    running = await startManager({ url: await make() })
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
  })
  after(() => running.close())

  test('a document is made, read, changed, listed, undone, deleted and made again, with generations without a gap', async () => {
    const { root } = running
    const body = modelDocument('rank-v1', 'rank')
    const made = await root.ask('PUT', MODEL, { body, seen: 'absent', reason: 'the first – naïve – one' })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('etag'), '"1"')
    assert.deepEqual(made.body, { ...body, generation: 1, changedBy: 'root', reason: 'the first – naïve – one' })

    const read = await root.ask('GET', MODEL)
    assert.deepEqual(read.body, made.body)
    assert.equal((await root.ask('GET', MODEL, { headers: { 'if-none-match': '"1"' } })).status, 304)

    const split = await root.ask('PUT', `${MODEL}/split`, {
      body: { weights: { old: 900_000, new: 100_000 } },
      seen: 1
    })
    assert.equal(split.status, 200, JSON.stringify(split.body))
    assert.equal(split.body.generation, 2)
    assert.deepEqual((await root.ask('GET', `${MODEL}/split`)).body, { weights: { old: 900_000, new: 100_000 } })

    const list = await root.ask('GET', '/api/v1/environments/qa/models?group=rank')
    assert.deepEqual(list.body.items, [split.body])
    const [last] = (await root.ask('GET', `${MODEL}/revisions?limit=1`)).body.items
    assert.deepEqual(list.body.changedAt, [last?.changedAt])

    const undone = await root.ask('POST', `${MODEL}/undo`, { body: {}, seen: 2 })
    assert.equal(undone.body.generation, 3)
    assert.deepEqual(undone.body.split, body['split'])
    const again = await root.ask('POST', `${MODEL}/undo`, { body: { to: 2 }, seen: 3 })
    assert.deepEqual(again.body.split, split.body.split)

    assert.equal((await root.ask('DELETE', MODEL, { seen: 4 })).status, 204)
    assert.equal((await root.ask('GET', MODEL)).status, 404)
    const back = await root.ask('POST', `${MODEL}/undo`, { body: {}, seen: 'absent' })
    assert.equal(back.body.generation, 6, JSON.stringify(back.body))

    const { items } = (await root.ask('GET', `${MODEL}/revisions`)).body
    assert.deepEqual(
      items.map((item) => [item.generation, item.deleted]),
      [6, 5, 4, 3, 2, 1].map((generation) => [generation, generation === 5])
    )
    const audit = (await root.ask('GET', '/api/v1/audit?kind=Model&key=rank-v1')).body.items
    assert.deepEqual(
      audit.map(({ action }) => action),
      ['undo', 'delete', 'undo', 'undo', 'split', 'create']
    )
    assert.equal(audit[4]?.difference[0]?.path, 'split.weights.old')
  })

  test('a change says which generation it has seen: 428 without, 412 where it is another one', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/etags'
    const body = modelDocument('etags', 'rank')
    await root.ask('PUT', path, { body, seen: 'absent' })
    const without = await root.ask('PUT', path, { body })
    assert.deepEqual([without.status, without.body.code], [428, 'ABOX_NO_GENERATION'])
    assert.equal((await root.ask('DELETE', path)).status, 428)
    for (const seen of [2, 0, 'absent'] as const) {
      const stale = await root.ask('PUT', path, { body, seen })
      assert.deepEqual([stale.status, stale.body.code], [412, 'ABOX_GENERATION'], String(seen))
    }
    for (const match of ['1', 'W/"1"', '*', '"1", "2"', '"x"']) {
      assert.equal((await root.ask('PUT', path, { body, headers: { 'if-match': match } })).status, 400, match)
    }
    assert.equal((await root.ask('PUT', path, { body, seen: 1 })).headers.get('etag'), '"1"', 'nothing differs')
  })

  test('a dry run tells what would change and writes nothing', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/dry'
    const body = modelDocument('dry', 'rank')
    const dry = await root.ask('PUT', `${path}?dryRun=true`, { body, seen: 'absent' })
    assert.equal(dry.status, 200)
    assert.equal(dry.body.generation, 1)
    assert.equal((await root.ask('GET', path)).status, 404)
    await root.ask('PUT', path, { body, seen: 'absent' })
    const gone = await root.ask('DELETE', `${path}?dryRun=true`, { seen: 1 })
    assert.deepEqual(gone.body.difference[0]?.path, '')
    assert.equal((await root.ask('GET', path)).status, 200)
  })

  test('every change says why', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/reasons'
    const body = modelDocument('reasons', 'rank')
    const without = await root.ask('PUT', path, { body, seen: 'absent', reason: ' ' })
    assert.deepEqual([without.status, without.body.code], [400, 'ABOX_REQUEST_INVALID'])
    const broken = await root.ask('PUT', path, { body, seen: 'absent', headers: { 'x-abox-reason': '%ff' } })
    assert.equal(broken.status, 400)
    const long = await root.ask('PUT', path, { body, seen: 'absent', reason: 'x'.repeat(4097) })
    assert.equal(long.status, 400)
  })

  test('the same request with the same Idempotency-Key is done once, another one with it is refused', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/once'
    const ask = { body: modelDocument('once', 'rank'), seen: 'absent', headers: { 'idempotency-key': 'k-1' } } as const
    const first = await root.ask('PUT', path, ask)
    const second = await root.ask('PUT', path, ask)
    assert.deepEqual([second.status, second.body], [first.status, first.body])
    assert.equal(second.headers.get('etag'), '"1"')
    assert.equal(second.headers.get('idempotency-replayed'), 'true')
    const other = await root.ask('PUT', path, { ...ask, reason: 'another' })
    assert.deepEqual([other.status, other.body.code], [422, 'ABOX_IDEMPOTENCY'])
  })

  test('of 1,000 writers at once that have seen the same generation one is applied, and none is lost or done twice', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/race'
    const body = modelDocument('race', 'rank')
    await root.ask('PUT', path, { body, seen: 'absent' })
    const shift = async (index: number): Promise<Answer> => {
      const body = { weights: { old: 1_000_000 - index - 1, new: index + 1 } }
      for (;;) {
        const answer = await root.ask('PUT', `${path}/split`, { body, seen: 1 })
        // Who has waited too long behind the others is to send it again: on a slow machine the last ones have.
        if (answer.body.code !== 'ABOX_DATABASE_AWAY') return answer
      }
    }
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => shift(index)))
    const statuses = answers.map(({ status }) => status).sort((one, other) => one - other)
    assert.deepEqual(statuses, [200, ...Array.from({ length: 999 }, () => 412)])
    const winner = answers.find(({ status }) => status === 200)
    assert.deepEqual((await root.ask('GET', path)).body, winner?.body)
  })

  test('a list comes in pages that hold everything once', async () => {
    const { root } = running
    for (let index = 0; index < 7; index++) {
      const name = `page-${index}`
      const body = { kind: 'Cluster', name, type: 'seldon' }
      await root.ask('PUT', `/api/v1/environments/prod/clusters/${name}`, { body, seen: 'absent' })
    }
    const names: string[] = []
    let after = ''
    do {
      const { body } = await root.ask('GET', `/api/v1/environments/prod/clusters?limit=3${after}`)
      names.push(...body.items.map(({ name }) => name))
      after = body.next === undefined ? '' : `&after=${encodeURIComponent(body.next)}`
    } while (after !== '')
    assert.deepEqual(names, ['legacy', ...Array.from({ length: 7 }, (_, index) => `page-${index}`)])
  })

  test('what is still named, and an environment with documents, cannot be deleted', async () => {
    const { root } = running
    const inUse = await root.ask('DELETE', '/api/v1/environments/qa/clusters/legacy', { seen: 1 })
    assert.deepEqual([inUse.status, inUse.body.code], [409, 'ABOX_REFERENCE'])
    const inhabited = await root.ask('DELETE', '/api/v1/environments/qa', { seen: 1 })
    assert.deepEqual([inhabited.status, inhabited.body.code], [409, 'ABOX_REFERENCE'])
  })

  test('the platform keeps an admin everywhere', async () => {
    const { root } = running
    const path = '/api/v1/groups/platform'
    const admin = { user: 'root', role: 'admin', environments: ['qa'] }
    for (const members of [[], [admin], [{ ...admin, role: 'operator', environments: ['*'] }]]) {
      const body = { kind: 'BusinessGroup', name: 'platform', members }
      const answer = await root.ask('PUT', path, { body, seen: 1 })
      assert.deepEqual([answer.status, answer.body.code], [409, 'ABOX_REFERENCE'])
    }
    assert.equal((await root.ask('DELETE', path, { seen: 1 })).status, 409)
  })

  test('nothing can be made in an environment that there is not', async () => {
    const body = { kind: 'Cluster', name: 'c', type: 'legacy' }
    const made = await running.root.ask('PUT', '/api/v1/environments/nowhere/clusters/c', { body, seen: 'absent' })
    assert.deepEqual([made.status, made.body.code], [404, 'ABOX_NOT_FOUND'])
  })

  test('a dry run wants no reason, a change does', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/why'
    const ask = { body: modelDocument('why', 'rank'), seen: 'absent', reason: '' } as const
    assert.equal((await root.ask('PUT', `${path}?dryRun=true`, ask)).status, 200)
    const refused = await root.ask('PUT', path, ask)
    assert.deepEqual([refused.status, refused.body.code], [400, 'ABOX_REQUEST_INVALID'])
  })

  test('an undo deletes only where the request says that it may', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/models/only-once'
    await root.ask('PUT', path, { body: modelDocument('only-once', 'rank'), seen: 'absent' })
    for (const query of ['', '?dryRun=true']) {
      const refused = await root.ask('POST', `${path}/undo${query}`, { body: {}, seen: 1 })
      assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_NOTHING_BEFORE'])
      assert.equal(
        refused.body.detail,
        'generation 1 of Model only-once has nothing before it: `abox delete model only-once` takes it away'
      )
    }
    const stale = await root.ask('POST', `${path}/undo`, { body: {}, seen: 9 })
    assert.deepEqual([stale.status, stale.body.code], [412, 'ABOX_GENERATION'])
    const deleted = await root.ask('POST', `${path}/undo`, { body: { mayDelete: true }, seen: 1 })
    assert.equal(deleted.status, 204, deleted.text)
    assert.equal((await root.ask('POST', `${path}/undo`, { body: {}, seen: 'absent' })).body.generation, 3)
    const back = await root.ask('POST', `${path}/undo`, { body: { to: 2 }, seen: 3 })
    assert.equal(
      back.body.detail,
      'generation 2 of Model only-once is its deletion: `abox delete model only-once` does that'
    )
    assert.equal((await root.ask('GET', path)).status, 200)
  })

  test('a cluster of ours does not become a third party, nor the other way, while variants run in it', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/clusters/fleet'
    const cluster = { kind: 'Cluster', name: 'fleet', type: 'legacy' }
    const document = modelDocument('in-fleet', 'rank')
    const variants = (document['variants'] as object[]).map((one) => ({ ...one, cluster: 'fleet' }))
    await putAll(root, {
      'environments/qa/clusters/fleet': cluster,
      'environments/qa/models/in-fleet': { ...document, variants }
    })
    const refused = await root.ask('PUT', path, { body: { ...cluster, type: 'third-party' }, seen: 1 })
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
    assert.equal(
      refused.body.detail,
      'Cluster fleet: type: found "third-party", expected "legacy" while it is still named by Model in-fleet'
    )
    assert.equal((await root.ask('PUT', path, { body: { ...cluster, type: 'seldon' }, seen: 1 })).status, 200)
    await root.ask('DELETE', '/api/v1/environments/qa/models/in-fleet', { seen: 1 })
    assert.equal((await root.ask('PUT', path, { body: { ...cluster, type: 'third-party' }, seen: 2 })).status, 200)
  })

  test('an engineer cannot set a split by deleting the model, nor lead the calls of a variant elsewhere', async () => {
    const { root } = running
    const erin = await running.addUser('erin')
    const members = [{ user: 'erin', role: 'engineer', environments: ['*'] }]
    await putAll(root, { 'groups/makers': { kind: 'BusinessGroup', name: 'makers', members } })
    const path = '/api/v1/environments/qa/models/moved'
    const first = modelDocument('moved', 'makers')
    const second = { ...first, split: { weights: { old: 0, new: 1_000_000 } } }
    const [old, made] = first['variants'] as object[]
    const elsewhere = { ...first, variants: [{ ...old, endpoints: ['http://10.0.0.9:1'] }, made] }
    assert.equal((await erin.ask('PUT', path, { body: first, seen: 'absent' })).status, 201)
    const redirected = await erin.ask('PUT', path, { body: elsewhere, seen: 1 })
    assert.deepEqual([redirected.status, redirected.body.code], [403, 'ABOX_FORBIDDEN'])
    assert.equal((await root.ask('PUT', path, { body: second, seen: 1 })).status, 200)
    const deleted = await erin.ask('DELETE', path, { seen: 2 })
    assert.deepEqual([deleted.status, deleted.body.code], [403, 'ABOX_FORBIDDEN'])
    assert.match(deleted.body.detail, /: variants\[new\]: it has calls \(split\.weights\.new is 100%\)$/)
    assert.equal((await root.ask('DELETE', path, { seen: 2 })).status, 204)
    for (const refused of [
      await erin.ask('POST', `${path}/undo`, { body: { to: 1 }, seen: 'absent' }),
      await erin.ask('PUT', path, { body: first, seen: 'absent' })
    ]) {
      const role = 'Model: expected at least the role operator in its business group in qa'
      assert.equal(refused.body.detail, `${role}: split.weights.new: found 0%, was 100%`)
    }
    assert.equal((await erin.ask('POST', `${path}/undo`, { body: {}, seen: 'absent' })).status, 201)
  })

  test('an engineer makes a model of one variant, and adds a second one that has no calls', async () => {
    const { root } = running
    const eva = await running.addUser('eva')
    const members = [{ user: 'eva', role: 'engineer', environments: ['*'] }]
    await putAll(root, { 'groups/scorers': { kind: 'BusinessGroup', name: 'scorers', members } })
    const path = '/api/v1/environments/qa/models/scorer'
    const { split: _, ...both } = modelDocument('scorer', 'scorers')
    const [old, made] = both['variants'] as object[]
    const one = { ...both, variants: [old] }
    const two = { ...both, variants: [old, { ...made, state: 'offline' }] }
    assert.equal((await eva.ask('PUT', path, { body: one, seen: 'absent' })).status, 201)
    const open = await eva.ask('PUT', path, { body: two, seen: 1 })
    assert.deepEqual([open.status, open.body.code], [422, 'ABOX_DOCUMENT_INVALID'])
    assert.match(open.body.detail, /split: found nothing, expected weights because there are 2 variants/)
    const split = { weights: { old: 1_000_000, new: 0 } }
    const added = await eva.ask('PUT', path, { body: { ...two, split }, seen: 1 })
    assert.equal(added.status, 200, added.text)
  })

  test('a generation that no column holds is refused as a wrong request', async () => {
    const { root } = running
    const none = await root.ask('POST', `${MODEL}/undo`, { body: { to: 99 }, seen: 1 })
    assert.equal(none.status, 404)
    assert.match(none.body.detail, /^Model rank-v1: found no generation 99, expected one up to \d+$/)
    const undone = await root.ask('POST', `${MODEL}/undo`, { body: { to: 404_533_388_854 }, seen: 1 })
    const listed = await root.ask('GET', `${MODEL}/revisions?before=404533388854`)
    assert.deepEqual([undone.status, listed.status], [400, 400])
  })
}
