import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TSchema } from 'typebox'
import { AuditLine } from '#contracts/api/audit'
import { ChangePlan } from '#contracts/api/change-plan'
import { EndpointHealth } from '#contracts/api/endpoint-health'
import { Live, LiveHook, LiveItem, LiveShadow } from '#contracts/api/live'
import { Alarm, FleetInstance, Receipts } from '#contracts/api/receipts'
import { Revision } from '#contracts/api/revision'
import { Server, ServerOrder } from '#contracts/api/server'
import { Session } from '#contracts/api/session'
import { NewToken, Token } from '#contracts/api/token'
import { EndpointTrial } from '#contracts/api/trial'
import { User } from '#contracts/api/user'
import { callsOf, summaryOf } from '../../../harness/live-summary.ts'
import {
  type Answer,
  type Ask,
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../../../harness/manager.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { createAnswerCheck, type OpenApi } from '../../../harness/openapi-answers.ts'
import { until } from '../../../harness/until.ts'

const QA = '/api/v1/environments/qa'

/** Items of an answer; a test reads what its answer has. */
type Items = Readonly<Record<string, readonly object[] | undefined>>

/**
 * What the API answers is a contract: programs read it by `contracts/api`, and people by the OpenAPI document. Nothing may
 * stand in an answer that is not named there, and what is named there has to come.
 */
describe('what the manager answers stands in its contract', () => {
  let running: RunningManager
  let models: ModelServer
  let check: ReturnType<typeof createAnswerCheck>

  before(async () => {
    models = await startModelServer(() => ({
      model_version_status: [{ version: '1', state: 'AVAILABLE' }],
      predictions: [1]
    }))
    running = await startManager({
      raw: { outbound: { internalRanges: ['127.0.0.1/32', '10.0.0.0/8'] } },
      embedded: { environment: 'qa', deliver: async () => {} }
    })
    const openApi = (await running.nobody.ask('GET', '/api/v1/openapi.json')).body as OpenApi
    check = createAnswerCheck(openApi)
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
    const legacy = { cluster: 'legacy', protocol: 'tensorflow', path: '/v1/models/rank:predict' }
    await putAll(running.root, {
      'environments/qa/clusters/vendor': { kind: 'Cluster', name: 'vendor', type: 'third-party' },
      'environments/qa/endpoints/scorer': {
        kind: 'Endpoint',
        name: 'scorer',
        businessGroup: 'rank',
        origin: 'https://scores.example.com'
      },
      'environments/qa/models/rank': {
        ...modelDocument('rank', 'rank'),
        sample: [[1]],
        variants: [
          { ...legacy, name: 'old', endpoints: [models.origin] },
          { name: 'bought', cluster: 'vendor', endpoint: 'scorer', protocol: 'raw', path: '/score' }
        ],
        split: { weights: { old: 1_000_000, bought: 0 } }
      }
    })
  })
  after(async () => {
    await running?.close()
    await models?.close()
  })

  /** Asks, and the answer has to be as the OpenAPI document says, and no more. */
  const ask = async (method: string, path: string, more: Ask = {}, by: Client = running.root): Promise<Answer> => {
    const answer = await by.ask(method, path, more)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    const [plain = ''] = path.split('?')
    assert.equal(check({ method, path: plain, status: answer.status, body: answer.body }), '')
    return answer
  }
  /** Each field of the contract was in one of the values, except those that cannot be here. */
  const complete = (contract: TSchema, values: readonly object[], ...except: string[]): void => {
    const wanted = Object.keys((contract as { readonly properties?: object }).properties ?? {})
    assert.ok(wanted.length > 0)
    const seen = new Set(values.flatMap((value) => Object.keys(value)))
    const missing = wanted.filter((name) => !seen.has(name) && !except.includes(name))
    assert.deepEqual(missing, [])
  }
  const itemsOf = ({ body }: Answer, name = 'items'): readonly object[] => (body as unknown as Items)[name] ?? []

  test('of changes that are only tried: with those that follow', async () => {
    const path = `${QA}/endpoints/scorer`
    const { body } = await ask('GET', path)
    const changed = { ...body, origin: 'https://scores.example.org' }
    const plan = await ask('PUT', `${path}?dryRun=true`, { body: changed, seen: body.generation })
    complete(ChangePlan, [plan.body])
    const [follow] = itemsOf(plan, 'follow') as readonly { readonly kind: string; readonly key: string }[]
    assert.deepEqual([follow?.kind, follow?.key], ['Model', 'rank'])
  })

  test('of documents and what they said before, deletions too', async () => {
    const path = `${QA}/models/passing`
    const body = modelDocument('passing', 'rank')
    await ask('PUT', path, { body, seen: 'absent' })
    await running.root.ask('DELETE', path, { seen: 1 })
    const back = await ask('POST', `${path}/undo`, { body: {}, headers: { 'if-none-match': '*' } })
    assert.equal(back.status, 201)
    await ask('POST', `${path}/undo?dryRun=true`, { body: { to: 1 }, seen: 3 })
    await ask('GET', `${QA}/models`)
    await ask('GET', `${path}/split`)
    const revisions = itemsOf(await ask('GET', `${path}/revisions`))
    complete(Revision, revisions)
    const deleted = revisions.filter((one) => (one as { readonly deleted: boolean }).deleted)
    assert.equal(deleted.length, 1)
  })

  test('of receipts and servers', async () => {
    const disabled = { 'shape@0123456789ab': 'too slow' }
    const refused = { 'models/rank': 'no such hook', 'models/never': 'why not' }
    const applied = { 'models/passing': 1, 'models/rank': 1 }
    running.manager.receive({ instance: 'gw-1', epoch: 7, at: 1, applied, refused, disabled }, { address: 'h:1' })
    const gateway = await tokenOf(running.root, `http://127.0.0.1:${running.manager.port}`, {
      role: 'gateway',
      environment: 'qa'
    })
    await ask('POST', `${QA}/live`, { body: summaryOf({ instance: 'gw-1' }) }, gateway)
    const order = await ask('POST', `${QA}/servers/gw-1/offline?force=true`, { body: {} })
    complete(ServerOrder, [order.body])
    const receipts = await ask('GET', `${QA}/receipts`)
    // Embedded, one that leads has no name, and nothing is refused as a whole.
    complete(Receipts, [receipts.body], 'leads', 'refused')
    complete(FleetInstance, itemsOf(receipts, 'instances'))
    complete(Alarm, itemsOf(receipts, 'alarms'))
    complete(Server, itemsOf(await ask('GET', `${QA}/servers`)), 'epoch')
  })

  test('of live numbers, by each grouping and in steps', async () => {
    const shadow = { hook: 'shape', version: 'a', equal: 1, within: 1, different: 1, error: 1, dropped: 1 }
    const hook = { hook: 'shape', version: 'a', calls: 2, strikes: 1, stoodIn: 1, disabled: false }
    const gateway = await tokenOf(running.root, `http://127.0.0.1:${running.manager.port}`, {
      role: 'gateway',
      environment: 'qa'
    })
    const body = summaryOf({ instance: 'gw-2', calls: [callsOf(3)], hooks: [hook], shadows: [shadow] })
    await ask('POST', `${QA}/live`, { body }, gateway)
    await until('its second is over', async () => itemsOf(await ask('GET', `${QA}/live`)).length === 1)
    const answers: Answer[] = []
    for (const by of ['model', 'variant', 'method']) answers.push(await ask('GET', `${QA}/live?by=${by}&step=30`))
    complete(
      Live,
      answers.map((answer) => answer.body)
    )
    for (const [name, contract] of [
      ['items', LiveItem],
      ['hooks', LiveHook],
      ['shadows', LiveShadow]
    ] as const) {
      complete(
        contract,
        answers.flatMap((answer) => itemsOf(answer, name))
      )
    }
  })

  test('of the audit', async () => {
    complete(AuditLine, itemsOf(await ask('GET', '/api/v1/audit')))
  })

  test('of a variant that is tried, and of the endpoints of third parties', async () => {
    complete(EndpointTrial, itemsOf(await ask('POST', `${QA}/models/rank/variants/old/try`, { body: {} }), 'endpoints'))
    // Since when it is well or not is not known before it was asked.
    complete(EndpointHealth, [(await ask('GET', `${QA}/endpoints/scorer/health`)).body], 'since')
    complete(EndpointHealth, itemsOf(await ask('GET', `${QA}/endpoint-health`)), 'since')
  })

  test('of users, sessions and tokens', async () => {
    const made = await ask('POST', '/api/v1/users', { body: { name: 'uma', title: 'Uma' } })
    complete(User, [made.body])
    await ask('GET', '/api/v1/users')
    await ask('POST', '/api/v1/users/uma/disable', { body: {} })
    complete(Session, [(await ask('GET', '/api/v1/session')).body])
    const scope = { role: 'viewer', businessGroup: '*', environment: '*', days: 1 }
    const token = await ask('POST', '/api/v1/tokens', { body: { title: 'job', ...scope } })
    complete(NewToken, [token.body], 'usedAt', 'revokedAt')
    const mine = { authorization: `Bearer ${token.body.token}` }
    await ask(
      'GET',
      '/api/v1/session',
      {},
      { ...running.nobody, ask: (m, p) => running.nobody.ask(m, p, { headers: mine }) }
    )
    await running.root.ask('DELETE', `/api/v1/tokens/${token.body.id}`)
    complete(Token, itemsOf(await ask('GET', '/api/v1/tokens')))
  })

  test('of code that was uploaded', async () => {
    const bundle = { language: 'js', code: 'export const pre = () => ({})', businessGroup: 'rank' }
    for (const status of [201, 200]) {
      assert.equal((await ask('POST', `${QA}/bundles`, { body: bundle })).status, status)
    }
  })
})
