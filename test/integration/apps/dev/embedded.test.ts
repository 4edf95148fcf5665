import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Model } from '#contracts/model'
import { type Logger, silentLogger } from '#core/logger'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDouble, HDoubles, HList, HMap } from '#lib/hessian2'
import { type Embedded, startEmbedded } from '../../../../src/apps/dev/embedded.ts'
import { runSplit } from '../../../../src/apps/dev/operator.ts'
import { until } from '../../../harness/until.ts'

const RANK = '/environments/dev/models/rank'
const SERVICE = 'com.example.rank.RankService'

interface AuditLine {
  readonly actor: string
  readonly action: string
  readonly kind?: string
  readonly key?: string
  readonly reason?: string
}

describe('abox dev in this process', () => {
  let abox: Embedded
  let original = ''
  let begun = ''
  const told: string[] = []
  const errors: string[] = []
  const log: Logger = { ...silentLogger, error: (_: unknown, text?: string) => void errors.push(String(text)) }
  before(async () => {
    abox = await startEmbedded({
      host: '127.0.0.1',
      dubboPort: 0,
      log,
      tell: (line) => told.push(line)
    })
    original = await readFile(abox.documents, 'utf8')
    begun = await plain()
  })
  after(() => abox.close())
  beforeEach(async () => {
    await edit(() => original)
    await until('all as it was', async () => (await plain()) === begun)
    told.length = 0
    errors.length = 0
  })

  /** What the file's documents say in the manager, as soon as the gateway runs it. */
  async function plain(): Promise<string> {
    const keys = ['models/rank', `services/${SERVICE}`]
    const found = await Promise.all(keys.map((key) => abox.manager.client.find<Model>(`/environments/dev/${key}`)))
    return JSON.stringify(
      found.map((answer, index) => {
        const { generation, changedBy: _, reason: __, ...document } = answer?.body ?? {}
        return applied(keys[index] ?? '') === generation ? document : 'not in force'
      })
    )
  }

  const STARTS_WITH = { weights: { legacy: 750_000, seldon: 250_000 } }
  const split = async (): Promise<unknown> => (await model()).split
  const model = async (): Promise<Model> => (await abox.manager.client.send<Model>({ method: 'GET', path: RANK })).body
  const applied = (key: string): number => abox.gateway.state().applied[key] ?? 0
  const audit = async (query: Record<string, string>): Promise<AuditLine[]> => {
    const { body } = await abox.manager.client.send<{ items: AuditLine[] }>({ method: 'GET', path: '/audit', query })
    return body.items
  }

  async function edit(change: (text: string) => string): Promise<void> {
    await writeFile(abox.documents, change(await readFile(abox.documents, 'utf8')))
  }

  /** What the gateway runs has to be what the manager publishes. */
  async function moved(change: () => Promise<unknown>): Promise<void> {
    const generation = applied('models/rank')
    await change()
    await until('another split in force', () => applied('models/rank') > generation)
  }

  test('a split that a command has moved stays when another document of the file changes, and is undone by a command', async (t) => {
    // What the commands print belongs to `abox demo`.
    const printed = t.mock.method(console, 'log', () => {})
    t.mock.method(console, 'error', () => {})
    const lines: string[] = []
    const print = (line: string): number => lines.push(line)
    await runSplit(abox, print, ['shift', 'rank', 'seldon=50%', '--reason', 'half', '--wait', 'all'])
    const generation = (await model()).generation ?? 0
    assert.equal(applied('models/rank'), generation)
    const before = applied(`services/${SERVICE}`)
    await edit((text) => text.replace('timeoutMs: 2000', 'timeoutMs: 1999'))
    await until('the service', () => applied(`services/${SERVICE}`) > before)
    assert.deepEqual(await split(), { weights: { legacy: 500_000, seldon: 500_000 } })
    await runSplit(abox, print, ['undo', 'rank', '--reason', 'back', '--wait', 'all'])
    assert.deepEqual(await split(), STARTS_WITH)
    assert.equal(applied('models/rank'), generation + 1)
    assert.ok(printed.mock.calls.length > 2)
    assert.deepEqual(lines, [
      '$ abox split shift rank seldon=50% --reason half --wait all',
      '$ abox split undo rank --reason back --wait all'
    ])
  })

  test('a document that the manager refuses is told in one line, the old one stays, and others of the file are taken', async () => {
    const before = { ...abox.gateway.state().applied }
    await edit((text) =>
      text.replace(/weights: \{.*\}/, 'weights: { legacy: 1, seldon: 2 }').replace('timeoutMs: 2000', 'timeoutMs: 1998')
    )
    await until('the service', () => applied(`services/${SERVICE}`) > (before[`services/${SERVICE}`] ?? 0))
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /^documents\.yaml: models\/rank stays as it is: ABOX_SPLIT_WEIGHTS: .+$/)
    assert.deepEqual(await split(), STARTS_WITH)
    assert.equal(applied('models/rank'), before['models/rank'])
  })

  test('the reason that was written into the file stands in the audit, by the user dev; without one it names the file', async () => {
    await moved(() =>
      edit((text) =>
        text
          .replace('first quarter to seldon', 'all of it')
          .replace(/weights: \{.*\}/, 'weights: { legacy: 0, seldon: 1000000 }')
      )
    )
    await moved(() => edit((text) => text.replace(/weights: \{.*\}/, 'weights: { legacy: 1000000, seldon: 0 }')))
    const [second, first] = await audit({ kind: 'Model', key: 'rank', limit: '2' })
    assert.equal(first?.reason, 'all of it')
    assert.equal(second?.reason, 'documents.yaml changed')
    assert.deepEqual([first?.actor, second?.actor], ['dev', 'dev'])
  })

  test('a new model with a group and a cluster of its own is in force, and gone when it leaves the file', async () => {
    const endpoint = abox.legacy.origin
    const added = `---\nkind: Model\nname: other\nbusinessGroup: pricing\nvariants:\n  - { name: only, cluster: pricing-a, protocol: v2, endpoints: ["${endpoint}"], path: /v2 }\n`
    await edit((text) => text + added)
    await until('the new model', () => applied('models/other') > 0)
    const { client } = abox.manager
    assert.ok(await client.find('/groups/pricing'))
    const cluster = await client.find<{ type: string }>('/environments/dev/clusters/pricing-a')
    assert.equal(cluster?.body.type, 'seldon')
    await edit((text) => text.replace(added, ''))
    await until('the model to be gone', () => applied('models/other') === 0)
    assert.equal(await client.find('/environments/dev/models/other'), undefined)
  })

  test('an emptied file changes nothing', async () => {
    const before = { ...abox.gateway.state().applied }
    await writeFile(abox.documents, '')
    await until('a look at the file', () => errors.length > 0)
    await edit(() => original.replace('timeoutMs: 2000', 'timeoutMs: 1997'))
    await until('the service', () => applied(`services/${SERVICE}`) > (before[`services/${SERVICE}`] ?? 0))
    assert.equal(applied('models/rank'), before['models/rank'])
    assert.equal((await audit({ action: 'delete', key: 'rank' })).length, 0)
  })

  test('code of a hook that was uploaded to the manager runs in the gateway', async () => {
    const { client } = abox.manager
    const code = 'export function post() { return [42] }\n'
    const { body } = await client.send<{ digest: string }>({
      method: 'POST',
      path: '/environments/dev/bundles',
      body: { language: 'js', code },
      reason: 'a test'
    })
    const versions = [{ digest: body.digest }]
    await client.send({
      method: 'PUT',
      path: '/environments/dev/hooks/answer',
      body: { kind: 'Hook', name: 'answer', versions },
      expected: 'absent',
      reason: 'a test'
    })
    await until('the hook', () => applied('hooks/answer') === 1)
    await edit((text) => text.replace('- name: score', '- name: score\n    hook: answer'))
    const dubbo = createDubboClient({ host: '127.0.0.1', port: abox.gateway.port, timeoutMs: 5000 })
    try {
      await until('the answer of the hook', async () => (await score(dubbo)) === '42')
    } finally {
      await dubbo.close()
    }
  })

  test('the manager takes nobody without the token', async () => {
    const answer = await fetch(`${abox.manager.url}/api/v1${RANK}`)
    assert.equal(answer.status, 401)
    await answer.body?.cancel()
  })

  test('the manager has the receipt of the gateway, and no alarm', async () => {
    const { client } = abox.manager
    const path = '/environments/dev/receipts'
    interface Receipts {
      readonly instances: { readonly instance: string; readonly about: { readonly address: string } }[]
      readonly alarms: object[]
    }
    const { body } = await client.send<Receipts>({ method: 'GET', path })
    assert.deepEqual(
      body.instances.map(({ instance, about }) => [instance, about.address]),
      [['dev-0', abox.gateway.address]]
    )
    assert.deepEqual(body.alarms, [])
  })
})

test('where the port of the manager is taken, it takes another one', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const abox = await startEmbedded({ host: '127.0.0.1', dubboPort: 0, managerPort: port, log: silentLogger })
  try {
    assert.notEqual(new URL(abox.manager.url).port, String(port))
    assert.ok(await abox.manager.client.find(RANK))
  } finally {
    await abox.close()
    other.close()
  }
})

async function score(dubbo: DubboClient): Promise<string> {
  const list = new HList([new HDouble(1)])
  const parameterTypes = ['java.util.List', 'java.util.Map']
  const result = await dubbo.call({
    service: SERVICE,
    method: 'score',
    parameterTypes,
    args: [list, new HMap()],
    attachments: {},
    generic: true
  })
  return result.value instanceof HDoubles ? String(result.value.values) : String(result.exception?.message)
}
