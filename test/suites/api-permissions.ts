import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Role } from '../../src/contracts/business-group.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import {
  type Ask,
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../harness/manager.ts'
import { createNames } from '../harness/names.ts'

const ROLES: readonly Role[] = ['viewer', 'engineer', 'operator', 'admin']
/** Where somebody has his role: group and environment. All documents of the table are of `rank`, in `qa` or in none. */
const PLACES = [
  { group: 'rank', environment: 'qa' },
  { group: 'rank', environment: '*' },
  { group: 'rank', environment: 'prod' },
  { group: 'fraud', environment: '*' },
  { group: 'platform', environment: 'qa' },
  { group: 'platform', environment: '*' }
] as const
type Place = (typeof PLACES)[number]

interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly ask?: Ask
  readonly least: Role
  /** Only roles in the platform's group count. */
  readonly platform?: true
  /** `none`: belongs to no environment; changing it takes the role in all. `everybody`: any role in qa will do. */
  readonly scope: 'qa' | 'none' | 'everybody'
}

const QA = '/api/v1/environments/qa'
const model = modelDocument('m', 'rank')
const service = {
  kind: 'Service',
  interface: 'com.example.S',
  businessGroup: 'rank',
  methods: [{ name: 'score', model: 'm' }]
}
const endpoint = { kind: 'Endpoint', name: 'e', businessGroup: 'rank', origin: 'https://models.example.com' }
const algorithm = { kind: 'Algorithm', name: 'a', businessGroup: 'rank' }
const hook = { kind: 'Hook', name: 'h', businessGroup: 'rank', versions: [{ digest: `sha256:${'0'.repeat(64)}` }] }
const cluster = { kind: 'Cluster', name: 'legacy', type: 'legacy', title: 'changed' }
const environment = { kind: 'Environment', name: 'qa', title: 'changed', publish: { kind: 'embedded' } }
const group = { kind: 'BusinessGroup', name: 'rank', members: [] }
const moved = { weights: { old: 0, new: 1_000_000 } }
const titled = (document: object): object => ({ ...document, title: 'changed' })

const OPERATIONS: readonly Operation[] = [
  { name: 'read a model', method: 'GET', path: `${QA}/models/m`, least: 'viewer', scope: 'qa' },
  { name: 'read its revisions', method: 'GET', path: `${QA}/models/m/revisions`, least: 'viewer', scope: 'qa' },
  { name: 'read its split', method: 'GET', path: `${QA}/models/m/split`, least: 'viewer', scope: 'qa' },
  { name: 'read a service', method: 'GET', path: `${QA}/services/com.example.S`, least: 'viewer', scope: 'qa' },
  { name: 'read an algorithm', method: 'GET', path: '/api/v1/algorithms/a', least: 'viewer', scope: 'none' },
  { name: 'read the group', method: 'GET', path: '/api/v1/groups/rank', least: 'viewer', scope: 'none' },
  { name: 'read a cluster', method: 'GET', path: `${QA}/clusters/legacy`, least: 'viewer', scope: 'everybody' },
  { name: 'read the environment', method: 'GET', path: QA, least: 'viewer', scope: 'everybody' },
  { name: 'read the receipts', method: 'GET', path: `${QA}/receipts`, least: 'viewer', scope: 'everybody' },
  {
    name: 'upload code of a hook',
    method: 'POST',
    path: `${QA}/bundles`,
    ask: { body: { language: 'js', code: 'x', businessGroup: 'rank' } },
    least: 'engineer',
    scope: 'qa'
  },
  { name: 'list users', method: 'GET', path: '/api/v1/users', least: 'viewer', platform: true, scope: 'none' },
  { name: 'read the metrics', method: 'GET', path: '/metrics', least: 'viewer', platform: true, scope: 'none' },
  {
    name: 'change a model',
    method: 'PUT',
    path: `${QA}/models/m?dryRun=true`,
    ask: { body: { ...model, sample: {} }, seen: 1 },
    least: 'engineer',
    scope: 'qa'
  },
  {
    name: 'make a model',
    method: 'PUT',
    path: `${QA}/models/m2?dryRun=true`,
    ask: { body: modelDocument('m2', 'rank'), seen: 'absent' },
    least: 'engineer',
    scope: 'qa'
  },
  {
    name: 'move its split',
    method: 'PUT',
    path: `${QA}/models/m/split?dryRun=true`,
    ask: { body: moved, seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'move its split by the whole document',
    method: 'PUT',
    path: `${QA}/models/m?dryRun=true`,
    ask: { body: { ...model, split: moved }, seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'change a service',
    method: 'PUT',
    path: `${QA}/services/com.example.S?dryRun=true`,
    ask: { body: { ...service, version: undefined, record: { ppm: 1 } }, seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'delete a service',
    method: 'DELETE',
    path: `${QA}/services/com.example.S?dryRun=true`,
    ask: { seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'change an endpoint',
    method: 'PUT',
    path: `${QA}/endpoints/e?dryRun=true`,
    ask: { body: titled(endpoint), seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  { name: "read an endpoint's health", method: 'GET', path: `${QA}/endpoints/e/health`, least: 'viewer', scope: 'qa' },
  {
    name: 'list the health of endpoints',
    method: 'GET',
    path: `${QA}/endpoint-health`,
    least: 'viewer',
    scope: 'everybody'
  },
  {
    name: 'take an endpoint offline',
    method: 'POST',
    path: `${QA}/endpoints/e/offline?dryRun=true`,
    ask: { body: {}, seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'bring an endpoint online',
    method: 'POST',
    path: `${QA}/endpoints/e/online?dryRun=true`,
    ask: { body: {}, seen: 1 },
    least: 'operator',
    scope: 'qa'
  },
  {
    name: 'make a hook',
    method: 'PUT',
    path: `${QA}/hooks/h?dryRun=true`,
    ask: { body: hook, seen: 'absent' },
    least: 'engineer',
    scope: 'qa'
  },
  {
    name: 'change an algorithm',
    method: 'PUT',
    path: '/api/v1/algorithms/a?dryRun=true',
    ask: { body: titled(algorithm), seen: 1 },
    least: 'engineer',
    scope: 'none'
  },
  {
    name: 'change the members of the group',
    method: 'PUT',
    path: '/api/v1/groups/rank?dryRun=true',
    ask: { body: group, seen: 2 },
    least: 'admin',
    scope: 'none'
  },
  {
    name: 'make a group',
    method: 'PUT',
    path: '/api/v1/groups/new?dryRun=true',
    ask: { body: { ...group, name: 'new' }, seen: 'absent' },
    least: 'admin',
    platform: true,
    scope: 'none'
  },
  {
    name: 'change a cluster',
    method: 'PUT',
    path: `${QA}/clusters/legacy?dryRun=true`,
    ask: { body: cluster, seen: 1 },
    least: 'admin',
    platform: true,
    scope: 'qa'
  },
  {
    name: 'change the environment',
    method: 'PUT',
    path: `${QA}?dryRun=true`,
    ask: { body: environment, seen: 1 },
    least: 'admin',
    platform: true,
    scope: 'none'
  },
  {
    name: 'make a user',
    method: 'POST',
    path: '/api/v1/users',
    ask: { body: { name: 'root' } },
    least: 'admin',
    platform: true,
    scope: 'none'
  }
]

function isAllowed(role: Role, place: Place, { least, platform, scope }: Operation): boolean {
  const inQa = place.environment !== 'prod'
  if (scope === 'everybody') return inQa
  if (ROLES.indexOf(role) < ROLES.indexOf(least)) return false
  if (place.group !== 'platform' && (platform || place.group !== 'rank')) return false
  if (scope === 'qa') return inQa
  return least === 'viewer' || place.environment === '*'
}

/** Role × group × operation over HTTP, on either database. */
export function permissionsApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  const people: { readonly client: Client; readonly role: Role; readonly place: Place }[] = []

  before(async () => {
    running = await startManager({ url: await make(), lookup: createNames({}) })
    const { root } = running
    await putAll(root, {
      ...landscape({ rank: [], fraud: [] }),
      'environments/qa/models/m': model,
      'environments/qa/services/com.example.S': service,
      'environments/qa/endpoints/e': endpoint,
      'algorithms/a': algorithm
    })
    const members: Record<string, object[]> = {
      rank: [],
      fraud: [],
      platform: [{ user: 'root', role: 'admin', environments: ['*'] }]
    }
    for (const [index, place] of PLACES.entries()) {
      for (const role of ROLES) {
        const user = `${role}-${index}`
        people.push({ client: await running.addUser(user), role, place })
        members[place.group]?.push({ user, role, environments: [place.environment] })
      }
    }
    for (const [name, list] of Object.entries(members)) {
      const body = { kind: 'BusinessGroup', name, members: list }
      const answer = await root.ask('PUT', `/api/v1/groups/${name}`, { body, seen: 1 })
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
    }
  })
  after(() => running.close())

  for (const operation of OPERATIONS) {
    test(`${operation.name}: at least ${operation.least}`, async () => {
      for (const { client, role, place } of people) {
        const { status, body } = await client.ask(operation.method, operation.path, operation.ask)
        const where = `${role} of ${place.group} in ${place.environment}: ${status} ${JSON.stringify(body).slice(0, 300)}`
        // 409: the code of the hook is missing, the user is there, the endpoint is not; all found out behind the permission.
        if (isAllowed(role, place, operation)) assert.ok([200, 201, 409].includes(status), where)
        // Members of the platform may see what there is, and so that there is nothing.
        else assert.ok(status === 403 || (status === 404 && place.group === 'platform'), where)
      }
    })
  }

  test('a document of a foreign group answers exactly as one that does not exist', async () => {
    const stranger = people.find(({ place, role }) => place.group === 'fraud' && role === 'admin')?.client
    assert.ok(stranger !== undefined)
    const body = (name: string): object => ({ ...modelDocument(name, 'fraud'), name })
    const asks: readonly (readonly [string, string, (name: string) => Ask])[] = [
      ['GET', '', () => ({})],
      ['GET', '/revisions', () => ({})],
      ['GET', '/split', () => ({})],
      ['PUT', '', (name) => ({ body: body(name), seen: 1 })],
      ['PUT', '', (name) => ({ body: modelDocument(name, 'rank'), seen: 'absent' })],
      ['PUT', '/split', () => ({ body: moved, seen: 1 })],
      ['DELETE', '', () => ({ seen: 1 })],
      ['POST', '/undo', () => ({ body: {}, seen: 1 })],
      ['POST', '/undo', () => ({ body: { to: 1 }, seen: 7 })]
    ]
    for (const [method, path, ask] of asks) {
      const foreign = await stranger.ask(method, `${QA}/models/m${path}`, ask('m'))
      const missing = await stranger.ask(method, `${QA}/models/missing${path}`, ask('missing'))
      assert.equal(foreign.status, 403, `${method} ${path}`)
      const plain = (answer: object): object => ({ ...answer, instance: '' })
      assert.deepEqual(plain(foreign.body), plain(missing.body), `${method} ${path}`)
      assert.equal(foreign.headers.get('etag'), null)
    }
  })

  test('a name that another group had before shows nothing of that time', async () => {
    const { root } = running
    const path = `${QA}/models/reused`
    assert.equal((await root.ask('PUT', path, { body: modelDocument('reused', 'rank'), seen: 'absent' })).status, 201)
    assert.equal((await root.ask('DELETE', path, { seen: 1 })).status, 204)
    const engineer = people.find(
      ({ place, role }) => place.group === 'fraud' && place.environment === '*' && role === 'engineer'
    )?.client
    assert.ok(engineer !== undefined)
    const made = await engineer.ask('PUT', path, { body: modelDocument('reused', 'fraud'), seen: 'absent' })
    assert.deepEqual([made.status, made.body.generation], [201, 3])
    const generations = async (client: Client, query = ''): Promise<number[]> =>
      (await client.ask('GET', `${path}/revisions${query}`)).body.items.map(({ generation }) => generation)
    assert.deepEqual(await generations(engineer), [3])
    assert.deepEqual(await generations(engineer, '?before=3'), [])
    assert.deepEqual(await generations(root), [3, 2, 1])
    const back = await engineer.ask('POST', `${path}/undo`, { body: { to: 1 }, seen: 3 })
    assert.deepEqual([back.status, back.body.code], [404, 'ABOX_NOT_FOUND'])
    assert.equal((await root.ask('DELETE', path, { seen: 3 })).status, 204)
  })

  test('who names a model, a hook or an endpoint of a foreign group is told as of one that does not exist', async () => {
    const operator = people.find(
      ({ place, role }) => place.group === 'fraud' && place.environment === '*' && role === 'operator'
    )?.client
    assert.ok(operator !== undefined)
    await putAll(running.root, {
      'environments/prod/endpoints/theirs': { ...endpoint, name: 'theirs' },
      'environments/prod/models/theirs': modelDocument('theirs', 'rank')
    })
    const own = modelDocument('own', 'fraud')
    const [first] = own['variants'] as object[]
    const documents = (named: string): Record<string, object> => ({
      'services/com.example.Own': {
        kind: 'Service',
        interface: 'com.example.Own',
        businessGroup: 'fraud',
        methods: [{ name: 'score', model: named }]
      },
      'models/own': {
        kind: 'Model',
        name: 'own',
        businessGroup: 'fraud',
        variants: [{ ...first, endpoints: undefined, endpoint: named }]
      }
    })
    for (const [path, document] of Object.entries(documents('theirs'))) {
      const foreign = await operator.ask('PUT', `/api/v1/environments/prod/${path}`, { body: document, seen: 'absent' })
      const none = documents('nobodys')[path]
      const missing = await operator.ask('PUT', `/api/v1/environments/prod/${path}`, { body: none, seen: 'absent' })
      assert.deepEqual([foreign.status, foreign.body.code], [409, 'ABOX_REFERENCE'], JSON.stringify(foreign.body))
      assert.equal(foreign.body.detail, missing.body.detail?.replaceAll('nobodys', 'theirs'))
    }
  })

  test('an environment in which one has no role answers as one that does not exist', async () => {
    const outsider = people.find(({ place }) => place.environment === 'prod')?.client
    const foreign = await outsider?.ask('GET', `${QA}/models`)
    const missing = await outsider?.ask('GET', '/api/v1/environments/nowhere/models')
    assert.deepEqual([foreign?.status, missing?.status], [403, 403])
    assert.equal(foreign?.body.detail.replace('qa', 'nowhere'), missing?.body.detail)
  })

  test('lists and the audit hold only what one may see', async () => {
    const stranger = people.find(({ place }) => place.group === 'fraud')?.client
    const member = people.find(({ place, role }) => place.group === 'rank' && role === 'viewer')?.client
    assert.deepEqual((await stranger?.ask('GET', `${QA}/models`))?.body.items, [])
    assert.deepEqual((await stranger?.ask('GET', `${QA}/models?group=rank`))?.body.items, [])
    assert.equal((await member?.ask('GET', `${QA}/models`))?.body.items.length, 1)
    const groups = (await stranger?.ask('GET', '/api/v1/groups'))?.body.items
    assert.deepEqual(
      groups?.map(({ name }) => name),
      ['fraud']
    )
    const audit = (await stranger?.ask('GET', '/api/v1/audit'))?.body.items ?? []
    assert.ok(audit.length > 0)
    assert.ok(audit.every((line) => line.businessGroup === 'fraud'))
  })

  test('the audit tells both groups that a document went from the one to the other, and the old one no more than that', async () => {
    const { root } = running
    const path = `${QA}/models/moving`
    assert.equal((await root.ask('PUT', path, { body: modelDocument('moving', 'rank'), seen: 'absent' })).status, 201)
    const body = { ...modelDocument('moving', 'fraud'), sample: { note: 'of fraud alone' } }
    assert.equal((await root.ask('PUT', path, { body, seen: 1 })).status, 200)
    const linesOf = async (group: string) => {
      const member = people.find(({ place }) => place.group === group && place.environment === '*')?.client
      return (await member?.ask('GET', '/api/v1/audit?key=moving'))?.body.items ?? []
    }
    const [left, created] = await linesOf('rank')
    assert.deepEqual([created?.action, created?.generation], ['create', 1])
    assert.deepEqual([left?.action, left?.generation, left?.businessGroup], ['leave', 2, 'rank'])
    assert.doesNotMatch(JSON.stringify(left), /of fraud alone/)
    const [changed, ...more] = await linesOf('fraud')
    assert.deepEqual([changed?.action, changed?.generation, more], ['change', 2, []])
    assert.equal((await root.ask('DELETE', path, { seen: 2 })).status, 204)
  })

  test('somebody without any role sees nothing', async () => {
    const nobody = await running.addUser('nobody')
    assert.deepEqual((await nobody.ask('GET', '/api/v1/audit')).body.items, [])
    assert.deepEqual((await nobody.ask('GET', '/api/v1/environments')).body.items, [])
    assert.equal((await nobody.ask('GET', QA)).status, 403)
    assert.equal((await nobody.ask('GET', '/metrics')).status, 403)
    const token = await tokenOf(running.root, running.manager.url, { businessGroup: 'rank' })
    assert.equal((await token.ask('GET', '/metrics')).status, 403)
  })

  test('without credentials nothing answers but what the OpenAPI document says is open', async () => {
    const open = ['/healthz', '/readyz', '/api/v1/openapi.json', '/api/v1/setup', '/api/v1/session']
    const { body } = await running.nobody.ask('GET', '/api/v1/openapi.json')
    let asked = 0
    for (const [template, methods] of Object.entries(body.paths)) {
      const path = template.replaceAll(/\{\w+\}/g, 'qa')
      for (const method of Object.keys(methods)) {
        const verb = method.toUpperCase()
        if (open.includes(template) && !(template === '/api/v1/session' && verb !== 'POST')) continue
        const answer = await running.nobody.ask(verb, path)
        assert.deepEqual([answer.status, answer.body.code], [401, 'ABOX_UNAUTHENTICATED'], `${verb} ${template}`)
        asked++
      }
    }
    assert.ok(asked > 50)
  })
}
