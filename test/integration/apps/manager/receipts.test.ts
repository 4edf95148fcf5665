import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Receipts } from '#contracts/api/receipts'
import type { Receipt } from '#contracts/receipt'
import { type CliPerson, cliPerson } from '../../../harness/cli-person.ts'
import {
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager
} from '../../../harness/manager.ts'
import { until } from '../../../harness/until.ts'

const QA = '/api/v1/environments/qa'

interface Instance {
  readonly applied: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, string>>
  readonly disabled: Readonly<Record<string, string>>
}

/** A gateway that says what the tests let it say, and two groups of which each has a model and a hook. */
describe('what members of a group are told of gateways', () => {
  let running: RunningManager
  let olga: Client
  let carl: Client
  let person: CliPerson
  const digest = '0123456789ab'

  before(async () => {
    running = await startManager({ embedded: { environment: 'qa', deliver: async () => {} } })
    olga = await running.addUser('olga')
    carl = await running.addUser('carl')
    const member = (user: string): object[] => [{ user, role: 'admin', environments: ['*'] }]
    await putAll(running.root, landscape({ rank: member('olga'), fraud: member('carl') }))
    await putAll(running.root, {
      'environments/qa/models/ranker': modelDocument('ranker', 'rank'),
      'environments/qa/models/old-ranker': modelDocument('old-ranker', 'rank'),
      'environments/qa/models/fraudster': modelDocument('fraudster', 'fraud')
    })
    for (const [name, businessGroup] of [
      ['of-rank', 'rank'],
      ['of-fraud', 'fraud']
    ] as const) {
      const code = 'export const pre = (context) => ({ body: context.args[0] })'
      const bundle = { language: 'js', code, businessGroup }
      const { body } = await running.root.ask('POST', `${QA}/bundles`, { body: bundle })
      const { digest: version } = body as unknown as { readonly digest: string }
      const hook = { kind: 'Hook', name, businessGroup, versions: [{ digest: version, weight: 1_000_000 }] }
      await putAll(running.root, { [`environments/qa/hooks/${name}`]: hook })
    }
    person = await cliPerson(running.manager.url, 'olga', 'qa')
  })
  after(async () => {
    await person?.close()
    await running?.close()
  })

  const say = (more: Partial<Receipt>): void =>
    running.manager.receive({ instance: 'gw-1', epoch: 1, at: 1, applied: {}, refused: {}, ...more })
  const told = async (client: Client, isThere: (instance: Instance) => boolean): Promise<Instance> => {
    let found: Instance | undefined
    await until('the receipt', async () => {
      const { body } = await client.ask('GET', `${QA}/receipts`)
      found = (body as unknown as { readonly instances: readonly Instance[] }).instances[0]
      return found !== undefined && isThere(found)
    })
    return found as Instance
  }

  test('is which of their hooks are taken out, and nothing of those of others', async () => {
    say({ disabled: { [`of-rank@${digest}`]: 'too slow', [`of-fraud@${digest}`]: 'of a secret', strange: '' } })
    const all = await told(running.root, ({ disabled }) => Object.keys(disabled).length === 3)
    assert.equal(all.disabled[`of-fraud@${digest}`], 'of a secret')
    assert.deepEqual((await told(olga, () => true)).disabled, { [`of-rank@${digest}`]: 'too slow' })
    assert.deepEqual((await told(carl, () => true)).disabled, { [`of-fraud@${digest}`]: 'of a secret' })
  })

  test('is that one still runs what was deleted, for which `--wait all` waits', async () => {
    const place = 'models/old-ranker'
    say({ applied: { [place]: 1, 'models/ranker': 1 } })
    await told(running.root, ({ applied }) => applied[place] === 1)
    const args = ['delete', 'model', 'old-ranker', '--reason', 'x', '--wait', 'all', '--wait-timeout', '1']
    const refusal = await person.refused('ABOX_CLI_WAIT', ...args)
    assert.match(refusal, /gw-1: runs models\/old-ranker generation 1, expected none/)
    assert.deepEqual((await told(olga, () => true)).applied, { [place]: 1, 'models/ranker': 1 })
    assert.deepEqual((await told(carl, () => true)).applied, {})
    say({ applied: { 'models/ranker': 1 } })
    assert.deepEqual((await told(olga, ({ applied }) => applied[place] === undefined)).applied, { 'models/ranker': 1 })
  })

  test('is only of the documents that are asked for, and of what concerns all; those of others are not there', async () => {
    const refused = { 'models/ranker': 'no', 'models/fraudster': 'neither', '(all)': 'too many' }
    const disabled = { [`of-rank@${digest}`]: 'too slow', [`of-fraud@${digest}`]: 'of a secret' }
    say({ applied: { 'models/ranker': 1, 'models/fraudster': 1, 'hooks/of-rank': 1 }, refused, disabled })
    await told(running.root, ({ refused: known }) => known['(all)'] !== undefined)
    const asked = 'document=models/ranker&document=hooks/of-fraud'
    const { body } = await running.root.ask('GET', `${QA}/receipts?${asked}`)
    const { published, instances, alarms } = body as unknown as Receipts
    assert.deepEqual(published, { 'models/ranker': 1, 'hooks/of-fraud': 1 })
    assert.deepEqual(instances[0]?.applied, { 'models/ranker': 1 })
    assert.deepEqual(instances[0]?.refused, { 'models/ranker': 'no', '(all)': 'too many' })
    assert.deepEqual(instances[0]?.disabled, { [`of-fraud@${digest}`]: 'of a secret' })
    assert.deepEqual(alarms.map(({ document }) => document).sort(), ['(all)', 'models/ranker'])
    const ofOlga = (await olga.ask('GET', `${QA}/receipts?${asked}`)).body as unknown as Receipts
    assert.deepEqual(ofOlga.published, { 'models/ranker': 1 })
    assert.deepEqual(ofOlga.instances[0]?.disabled, {})
  })

  for (const [what, query] of [
    ['no place', 'document=ranker'],
    ['a kind that gateways do not read', 'document=clusters/legacy'],
    ['more than a URL should have', Array.from({ length: 101 }, () => 'document=models/ranker').join('&')]
  ] as const) {
    test(`is refused for ${what}`, async () => {
      const { status, body } = await running.root.ask('GET', `${QA}/receipts?${query}`)
      assert.deepEqual([status, body.code], [400, 'ABOX_REQUEST_INVALID'])
    })
  }
})
