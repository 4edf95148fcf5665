import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnPostgres } from '../../harness/databases.ts'
import { type Answer, landscape, modelDocument, putAll, startManager } from '../../harness/manager.ts'
import { until } from '../../harness/until.ts'

const MODELS = '/api/v1/environments/qa/models'

describeOnPostgres(
  'the API while its database is away',
  (make, server) => {
    test('killed in the middle of changes: 503 that says what to do, then all goes on, and each change was made once', async (t) => {
      const running = await startManager({ url: await make() })
      t.after(() => running.close())
      const { root, nobody } = running
      await putAll(root, landscape({ rank: [], fraud: [] }))
      const put = (index: number): Promise<Answer> =>
        root.ask('PUT', `${MODELS}/m${index}`, {
          body: modelDocument(`m${index}`, 'rank'),
          seen: 'absent',
          headers: { 'idempotency-key': `put-${index}` }
        })
      const refused: Answer[] = []
      // As a client does it: the same request with the same key, until it is answered.
      const insist = async (index: number): Promise<void> => {
        for (;;) {
          const answer = await put(index)
          if (answer.status === 201) return
          refused.push(answer)
        }
      }
      const all = Array.from({ length: 40 }, (_, index) => index)
      await Promise.all(all.slice(0, 10).map(put))
      const changes = Promise.all(all.map(insist))
      await server().kill()
      await until('the changes are refused', () => refused.length > 0)
      const ready = await nobody.ask('GET', '/readyz')
      assert.equal(ready.status, 503)
      assert.equal((await nobody.ask('GET', '/healthz')).status, 200)
      for (const { status, headers, body } of [...refused, ready]) {
        assert.deepEqual([status, body.code], [503, 'ABOX_DATABASE_AWAY'], JSON.stringify(body))
        assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
        assert.match(headers.get('retry-after') ?? '', /^\d+$/)
      }
      await server().start()
      await changes
      assert.equal((await nobody.ask('GET', '/readyz')).status, 200)
      const { items } = (await root.ask('GET', `${MODELS}?limit=1000`)).body
      assert.equal(items.length, all.length)
      const audit = (await root.ask('GET', '/api/v1/audit?kind=Model&limit=1000')).body.items
      assert.deepEqual(audit.map(({ key }) => key).toSorted(), all.map((index) => `m${index}`).toSorted())
    })
  },
  { safe: true }
)
