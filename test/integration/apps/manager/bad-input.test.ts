import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { kinds } from '../../../../src/apps/manager/documents/kinds.ts'
import {
  type Answer,
  type Ask,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager
} from '../../../harness/manager.ts'

const QA = '/api/v1/environments/qa'
const samples: Readonly<Record<string, Record<string, unknown>>> = {
  Algorithm: { kind: 'Algorithm', name: 'bad', businessGroup: 'rank', title: 't', description: 'd' },
  BusinessGroup: {
    kind: 'BusinessGroup',
    name: 'bad',
    title: 't',
    members: [{ user: 'root', role: 'viewer', environments: ['qa'] }]
  },
  Cluster: { kind: 'Cluster', name: 'bad', type: 'legacy', title: 't' },
  Endpoint: {
    kind: 'Endpoint',
    name: 'bad',
    businessGroup: 'rank',
    title: 't',
    origin: 'https://models.example.com',
    headers: { 'x-tenant': 'v' },
    health: '/h',
    state: 'online'
  },
  Environment: { kind: 'Environment', name: 'bad', title: 't', publish: { kind: 'embedded' } },
  Hook: { kind: 'Hook', name: 'bad', businessGroup: 'rank', versions: [{ digest: `sha256:${'0'.repeat(64)}` }] },
  Model: modelDocument('bad', 'rank'),
  Service: {
    kind: 'Service',
    interface: 'bad',
    version: '1',
    group: 'g',
    businessGroup: 'rank',
    methods: [{ name: 'm', model: 'bad' }]
  }
}

describe('what the API refuses', () => {
  let running: RunningManager
  before(async () => {
    running = await startManager()
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
  })
  after(() => running.close())

  /** A refusal is a problem that tells nothing of the inside. */
  function assertProblem(answer: Answer, where: string, statuses: readonly number[]): void {
    assert.ok(statuses.includes(answer.status), `${where}: ${answer.status} ${JSON.stringify(answer.body)}`)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, where)
    assert.match(answer.body.code, /^ABOX_/, where)
    assert.equal(answer.body.status, answer.status, where)
    assert.equal(answer.body.instance, answer.headers.get('x-request-id'), where)
    assert.doesNotMatch(JSON.stringify(answer.body), /\.ts:|node_modules|select |insert /i, where)
  }

  for (const kind of kinds) {
    test(`${kind.kind}: each field wrong in type, too long or empty, and each unknown one`, async () => {
      const sample = samples[kind.kind] ?? {}
      const key = kind.keyOf(sample as never)
      const folder = kind.scope === 'global' ? '/api/v1' : QA
      const path = `${folder}/${kind.plural}/${encodeURIComponent(key)}`
      const put = (body: unknown): Promise<Answer> => running.root.ask('PUT', path, { body, seen: 'absent' })
      for (const [name, value] of Object.entries(sample)) {
        for (const wrong of [12.5, true, null, [], {}, '', 'x'.repeat(600_000), [[]], '\u0000']) {
          if (typeof wrong === typeof value && name === 'title' && wrong !== 'x'.repeat(600_000)) continue
          if (name === 'description' && typeof wrong === 'string' && wrong.length < 10) continue
          if (name === 'headers' && JSON.stringify(wrong) === '{}') continue
          if (name === 'members' && JSON.stringify(wrong) === '[]') continue
          const answer = await put({ ...sample, [name]: wrong })
          assertProblem(answer, `${name} = ${JSON.stringify(wrong).slice(0, 20)}`, [400, 422, 409])
        }
      }
      assertProblem(await put({ ...sample, surplus: 1 }), 'unknown field', [422])
      for (const whole of [null, 1, 'text', [], [sample], true]) {
        assertProblem(await put(whole), JSON.stringify(whole).slice(0, 20), [400, 422])
      }
      const read = await running.root.ask('GET', path)
      assert.equal(read.status, 404, 'nothing of it was written')
    })
  }

  test('a body of 10 MB is refused as too long before it is read', async () => {
    const body = JSON.stringify({ ...samples['Cluster'], title: 'x'.repeat(10_000_000) })
    const ask = (): Promise<Answer> => running.root.ask('PUT', `${QA}/clusters/bad`, { body, seen: 'absent' })
    // The server may close the connection while the client still writes.
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) assertProblem(answer, '10 MB', [413])
    assert.equal((await running.root.ask('GET', `${QA}/clusters/bad`)).status, 404)
  })

  test('what is no JSON, of another type or of no type is a problem', async () => {
    const put = (ask: Ask): Promise<Answer> => running.root.ask('PUT', `${QA}/clusters/bad`, { seen: 'absent', ...ask })
    assertProblem(await put({ body: '{"kind":' }), 'half', [400])
    assertProblem(await put({ body: '' }), 'empty', [400])
    assertProblem(await put({ body: '{"__proto__": {"x": 1}}' }), 'prototype', [400])
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml']) {
      assertProblem(await put({ body: 'a=1', headers: { 'content-type': type } }), type, [415])
    }
    assertProblem(await put({}), 'no body', [422])
  })

  test('a body of many levels is a problem everywhere, with an Idempotency-Key as without', async () => {
    const { root } = running
    const [list, object] = ['['.repeat(6000) + ']'.repeat(6000), `${'{"a":'.repeat(6000)}1${'}'.repeat(6000)}`]
    for (const deep of [list, object]) {
      for (const headers of [{}, { 'idempotency-key': 'deep' }]) {
        const ask = { headers, seen: 'absent' } as const
        const bodies = [
          `{"x":${deep}}`,
          `{"kind":"Model","name":${deep}}`,
          `{"kind":"Model","name":"bad","sample":${deep}}`
        ]
        for (const body of bodies) {
          const answer = await root.ask('PUT', `${QA}/models/bad`, { ...ask, body })
          assertProblem(answer, body.slice(0, 60), [400])
          assert.match(answer.body.detail, /found more than 64 levels of lists and objects/)
        }
        const weights = `{"weights":${deep}}`
        assertProblem(
          await root.ask('PUT', `${QA}/models/bad/split`, { headers, seen: 1, body: weights }),
          'split',
          [400]
        )
        assertProblem(await root.ask('DELETE', `${QA}/models/bad`, { headers, seen: 1, body: deep }), 'delete', [400])
        assertProblem(await root.ask('POST', '/api/v1/tokens', { headers, body: `{"title":${deep}}` }), 'token', [400])
        assertProblem(await root.ask('POST', '/api/v1/session', { body: `{"user":${deep}}` }), 'session', [400, 413])
      }
    }
  })

  test('a number that would be stored as another one is refused with its path, and a long one that is kept is not', async () => {
    const { root } = running
    const put = (sample: string): Promise<Answer> =>
      root.ask('PUT', `${QA}/models/bad?dryRun=true`, {
        seen: 'absent',
        body: JSON.stringify(modelDocument('bad', 'rank')).replace('{', `{"sample":${sample},`)
      })
    const changed: readonly (readonly [string, string])[] = [
      [
        '{"a é":["\\"",[1,12345678901234567890]]}',
        'sample.a é[1][1]: found 12345678901234567890, which would become 12345678901234567000'
      ],
      ['[-9007199254740993]', 'sample[0]: found -9007199254740993, which would become -9007199254740992'],
      ['1e400', 'sample: found 1e400, which would become null'],
      ['{"x":-1E-400}', 'sample.x: found -1E-400, which would become 0']
    ]
    for (const [sample, text] of changed) {
      const answer = await put(sample)
      assertProblem(answer, sample, [400])
      assert.equal(answer.body.detail, `body: ${text}, expected a number that a double holds`)
    }
    for (const kept of [
      '9007199254740992',
      '0.1000000000000000055511151231257827',
      '1e300',
      '0e-999',
      '"12345678901234567890"'
    ]) {
      assert.equal((await put(kept)).status, 200, kept)
    }
  })

  test('parameters and queries of the wrong form are problems', async () => {
    const { root } = running
    const wrong: readonly (readonly [string, string, readonly number[]])[] = [
      ['GET', `${QA}/models?limit=0`, [400]],
      ['GET', `${QA}/models?limit=1001`, [400]],
      ['GET', `${QA}/models?limit=1&limit=2`, [400]],
      ['GET', `${QA}/models?limit=abc`, [400]],
      ['GET', `${QA}/models?unknown=1`, [400]],
      ['GET', `${QA}/models?after=${'x'.repeat(2000)}`, [400]],
      ['GET', `${QA}/models?group=a/b`, [400]],
      ['GET', '/api/v1/environments/a%20b/models', [400]],
      ['GET', `${QA}/models/${'x'.repeat(1025)}`, [400, 404, 414]],
      ['GET', `${QA}/models/%00`, [400, 404]],
      ['GET', `${QA}/models/%ff`, [400]],
      ['GET', '/api/v1/audit?before=x', [400]],
      ['GET', '/api/v1/tokens?user=a%20b', [400]],
      ['DELETE', '/api/v1/tokens/xyz', [400]],
      ['GET', `${QA}/nothing`, [404]],
      ['GET', '/', [404]],
      ['PATCH', `${QA}/models/x`, [404, 405]],
      ['POST', '/api/v1/users/a%20b/disable', [400]]
    ]
    for (const [method, path, statuses] of wrong) {
      assertProblem(await root.ask(method, path), `${method} ${path}`.slice(0, 80), statuses)
    }
  })

  test('users, passwords and tokens of the wrong form are problems', async () => {
    const { root } = running
    const good = { title: 't', role: 'viewer', businessGroup: '*', environment: '*', days: 1 }
    const tokens = [
      { ...good, days: 367 },
      { ...good, days: 0 },
      { ...good, days: undefined },
      { ...good, role: 'god' },
      { ...good, businessGroup: '' },
      { ...good, title: 'x'.repeat(257) },
      { ...good, surplus: 1 }
    ]
    for (const body of tokens) {
      assertProblem(await root.ask('POST', '/api/v1/tokens', { body }), JSON.stringify(body).slice(0, 90), [400])
    }
    const users = [{}, { name: 'a b' }, { name: 'x', password: 'short' }, { name: 'x', password: 'x'.repeat(257) }]
    for (const body of users)
      assertProblem(await root.ask('POST', '/api/v1/users', { body }), JSON.stringify(body), [400])
    assertProblem(await root.ask('POST', '/api/v1/users', { body: { name: 'root' } }), 'twice', [409])
    assertProblem(await root.ask('POST', '/api/v1/users/nobody/disable', {}), 'missing', [404])
    assertProblem(await root.ask('POST', '/api/v1/users/root/disable', {}), 'yourself', [409])
  })

  test('bytes that are no HTTP, and headers without end, are answered with a problem and closed', async () => {
    for (const [bytes, status] of [
      ['nonsense\r\n\r\n', '400'],
      [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431']
    ] as const) {
      const text = await new Promise<string>((resolve, reject) => {
        let got = ''
        const socket = connect(running.manager.port, '127.0.0.1', () => socket.write(bytes))
        socket.on('data', (chunk) => {
          got += chunk.toString()
        })
        socket.on('close', () => resolve(got))
        socket.on('error', reject)
      })
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `))
      assert.match(text, /application\/problem\+json/)
    }
  })
})
