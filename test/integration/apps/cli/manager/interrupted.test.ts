import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { type CuttingProxy, startCuttingProxy } from '../../../../harness/cutting-proxy.ts'
import { landscape, modelDocument, putAll, type RunningManager, startManager } from '../../../../harness/manager.ts'
import { until } from '../../../../harness/until.ts'

describe('commands that watch, behind a proxy that cuts each stream after its first event', () => {
  let manager: RunningManager
  let proxy: CuttingProxy
  let ann: CliPerson

  before(async () => {
    manager = await startManager()
    await putAll(manager.root, landscape({ rank: [], fraud: [] }))
    await putAll(manager.root, { 'environments/prod/models/rank': modelDocument('rank', 'rank') })
  })
  beforeEach(async () => {
    proxy = await startCuttingProxy(manager.manager.url)
    ann = await cliPerson(proxy.url, 'root', 'prod')
  })
  afterEach(async () => {
    await ann?.close()
    await proxy?.close()
  })
  after(async () => {
    await manager?.close()
  })

  test('get --watch tells each change once, goes on until --count, and says why it was interrupted', async () => {
    const watched = ann.run('get', 'models', '--watch', '--count', '4', '--output', 'json')
    await until('it watches', async () => proxy.opened() > 0)
    for (let ppm = 1; ppm <= 4; ppm++) {
      const path = '/api/v1/environments/prod/models/rank/split'
      const body = { weights: { old: 1_000_000 - ppm, new: ppm } }
      const { status, text } = await manager.root.ask('PUT', path, { body, seen: ppm })
      assert.equal(status, 200, text)
    }
    const { code, out, err } = await watched
    assert.equal(code, 0, err)
    const told = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { generation: number }).generation)
    assert.deepEqual(told, [2, 3, 4, 5])
    assert.match(err, /^interrupted: ABOX_CLI_MANAGER: http:.*; again in 1 s$/m)
    assert.match(err, /^interrupted: .*answered 503.*; again in \d s$/m)
    // At most one event a stream, and two that were refused; what comes together with the cut may be dropped unread.
    assert.ok(proxy.opened() >= 6, err)
  })

  test('split watch goes on until --count', async () => {
    const { code, out, err } = await ann.run('split', 'watch', 'rank', '--count', '3', '--output', 'json')
    assert.equal(code, 0, err)
    assert.equal(out.trim().split('\n').length, 3)
    assert.match(err, /^interrupted: .*; again in 1 s$/m)
    assert.ok(proxy.opened() >= 5, err)
  })
})
