import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { landscape, putAll, type RunningManager, startManager } from '../../../../harness/manager.ts'
import { createNames } from '../../../../harness/names.ts'
import { until } from '../../../../harness/until.ts'

describe('endpoints of third parties on the command line', () => {
  let manager: RunningManager
  let ann: CliPerson
  before(async () => {
    manager = await startManager({ lookup: createNames({ 'metadata.test': ['169.254.169.254'] }) })
    const endpoint = { kind: 'Endpoint', businessGroup: 'rank', origin: 'https://metadata.test' }
    await putAll(manager.root, {
      ...landscape({ rank: [], fraud: [] }),
      'environments/qa/endpoints/stray': { ...endpoint, name: 'stray' },
      'environments/qa/endpoints/away': { ...endpoint, name: 'away', state: 'offline' }
    })
    ann = await cliPerson(manager.manager.url, 'root', 'qa')
  })
  after(async () => {
    await ann?.close()
    await manager?.close()
  })

  test('get endpoints says how they are, and why', async () => {
    const path = '/api/v1/environments/qa/endpoints/stray/health'
    await until('it was asked', async () => /"unwell"/.test((await manager.root.ask('GET', path)).text))
    const table = await ann.ok('get', 'endpoints')
    assert.match(table, /^name .* state +health$/m)
    assert.match(table, /^stray .* unwell: ABOX_OUTBOUND_REFUSED: metadata\.test: 169\.254\.169\.254 is of a private/m)
    assert.match(table, /^away .* offline$/m)
    assert.match(await ann.ok('get', 'endpoint', 'stray'), /unwell/)
    assert.doesNotMatch(await ann.ok('get', 'endpoints', '-o', 'json'), /unwell/)
  })
})
