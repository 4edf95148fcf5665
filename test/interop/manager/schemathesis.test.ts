import assert from 'node:assert/strict'
import { test } from 'node:test'
import { landscape, modelDocument, putAll, startManager, tokenOf } from '../../harness/manager.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { startPostgres } from '../../peers/postgres.ts'
import { runSchemathesis } from '../../peers/schemathesis.ts'

/** Streams do not end; the rest is for those who have no token yet, and attempts are limited. */
const LEFT_OUT = '/(events|live/stream|setup|session|oidc/login|oidc/callback)$'

// Its own opinions that are not ours: 405 for methods that there are not (404 here), and that what the schema allows must
// be accepted, though the document's name stands in the path and a generation has to be the present one.
const NOT_CHECKED = 'unsupported_method,positive_data_acceptance'

describeWithPeers('the OpenAPI document', ['postgres', 'schemathesis'], () => {
  test('is true: thousands of good and bad requests made from it get no 5xx, and answers as it says', async (t) => {
    const postgres = await startPostgres()
    t.after(() => postgres.stop())
    // Whatever documents it makes up, nothing is asked outside.
    const running = await startManager({
      url: await postgres.createDatabase(),
      lookup: (name, _options, done) =>
        done(Object.assign(new Error(`no address of ${name}`), { code: 'ENOTFOUND' }), '')
    })
    t.after(() => running.close())
    const members = [{ user: 'root', role: 'admin', environments: ['*'] }]
    await putAll(running.root, landscape({ rank: members, fraud: members }))
    await putAll(running.root, { 'environments/qa/models/rank': modelDocument('rank', 'rank') })
    const at = `http://127.0.0.1:${running.manager.port}`
    const { authorization } = (await tokenOf(running.root, at)).headers
    const { code, text } = await runSchemathesis([
      `${at}/api/v1/openapi.json`,
      ...['--header', `Authorization: ${authorization}`],
      ...['--phases', 'coverage,fuzzing', '--max-examples', '10', '--seed', '1', '--continue-on-failure'],
      ...['--checks', 'all', '--exclude-checks', NOT_CHECKED, '--exclude-path-regex', LEFT_OUT]
    ])
    assert.equal(code, 0, text)
    const cases = Number(/(\d+) generated/.exec(text)?.[1])
    assert.ok(cases > 3000, `expected thousands of requests, found ${cases}\n${text}`)
    assert.equal((await running.nobody.ask('GET', '/readyz')).status, 200)
  })
})
