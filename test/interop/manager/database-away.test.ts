import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnPostgres } from '../../harness/databases.ts'
import { type Answer, landscape, modelDocument, putAll, startManager } from '../../harness/manager.ts'
import { until } from '../../harness/until.ts'

const MODELS = '/api/v1/environments/qa/models'

/** Reads events as a browser does: where the stream breaks off it comes again, with the last id that it has. */
async function follow(
  url: string,
  own: Readonly<Record<string, string>>,
  heard: string[],
  signal: AbortSignal
): Promise<void> {
  let last = '0'
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { headers: { ...own, 'last-event-id': last }, signal })
      if (response.status === 503) continue
      assert.equal(response.status, 200)
      let text = ''
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (text + part).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const [, id, data] = /^id: (\d+)\nevent: change\ndata: (.*)$/.exec(block) ?? []
          if (id === undefined || data === undefined) continue
          last = id
          heard.push((JSON.parse(data) as { key: string }).key)
        }
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
    }
  }
}

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
      const ended = new AbortController()
      t.after(() => ended.abort())
      const heard: string[] = []
      const listening = follow(`${running.manager.url}/api/v1/events`, root.headers, heard, ended.signal)
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
      await until('the reader has heard of all', () => all.every((index) => heard.includes(`m${index}`)))
      ended.abort()
      await listening
      const ofModels = heard.filter((key) => key.startsWith('m'))
      assert.deepEqual(ofModels.toSorted(), all.map((index) => `m${index}`).toSorted())
      const { items } = (await root.ask('GET', `${MODELS}?limit=1000`)).body
      assert.equal(items.length, all.length)
      const audit = (await root.ask('GET', '/api/v1/audit?kind=Model&limit=1000')).body.items
      assert.deepEqual(audit.map(({ key }) => key).toSorted(), all.map((index) => `m${index}`).toSorted())
    })

    test('frozen: those who ask whether it is ready are told long before the others, and take one connection together', async (t) => {
      const running = await startManager({ url: await make() })
      t.after(() => running.close())
      const { root, nobody } = running
      await putAll(root, landscape({ rank: [], fraud: [] }))
      server().signal('SIGSTOP')
      t.after(() => server().signal('SIGCONT'))
      let isRead = false
      const read = root.ask('GET', MODELS).finally(() => {
        isRead = true
      })
      // More than there are connections.
      const probes = await Promise.all(Array.from({ length: 30 }, () => nobody.ask('GET', '/readyz')))
      const asked = await nobody.ask('GET', '/readyz')
      assert.equal(isRead, false)
      for (const { status, body } of [...probes, asked]) {
        assert.deepEqual([status, body.code], [503, 'ABOX_DATABASE_AWAY'], JSON.stringify(body))
      }
      server().signal('SIGCONT')
      assert.equal((await read).status, 200)
      assert.equal((await nobody.ask('GET', '/readyz')).status, 200)
    })
  },
  { safe: true }
)
