import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { ManagerClient } from '../../../../../src/apps/cli/manager/client.ts'
import { modelCommand } from '../../../../../src/apps/cli/manager/model.ts'
import { waitForReceipts } from '../../../../../src/apps/cli/manager/wait.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly key: string
}

/** A server in place of a manager: only a socket can break in the middle of an answer. */
describe('what the commands do about a manager that does not answer', () => {
  let asked: Asked[] = []
  let answer: (response: ServerResponse, nth: number) => void
  let client: ManagerClient
  const server = createServer((request: IncomingMessage, response) => {
    const key = String(request.headers['idempotency-key'] ?? '')
    asked.push({ method: request.method ?? '', path: request.url ?? '', key })
    request.resume().on('end', () => answer(response, asked.length))
  })
  const cut = (response: ServerResponse): void => void response.destroy()
  const say = (response: ServerResponse, body: object, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json', etag: '"3"' }).end(JSON.stringify(body))
  }
  beforeEach(async () => {
    asked = []
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    client = new ManagerClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'abox_1_2', 'qa')
  })
  afterEach(async () => {
    mock.restoreAll()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  })
  const change = { method: 'PUT', path: '/groups/rank', body: {}, expected: 2, reason: 'a test' } as const

  test('a change without an answer is sent once more with the same key, so that it is made once', async () => {
    answer = (response, nth) => (nth === 1 ? cut(response) : say(response, { name: 'rank' }))
    const { body, generation } = await client.send(change)
    assert.deepEqual([body, generation, asked.length], [{ name: 'rank' }, 3, 2])
    assert.match(asked[0]?.key ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(asked[1]?.key, asked[0]?.key)
  })

  test('a change that has no answer twice is told', async () => {
    answer = cut
    await assert.rejects(client.send(change), { code: 'ABOX_CLI_MANAGER' })
    assert.equal(asked.length, 2)
  })

  test('a refusal is an answer: it is not sent again', async () => {
    answer = (response) => say(response, { code: 'ABOX_GENERATION', title: 't', detail: 'd', remedy: 'r' }, 412)
    await assert.rejects(client.send(change), { code: 'ABOX_GENERATION' })
    assert.equal(asked.length, 1)
  })

  test('what the manager keeps no answer of is not sent again', async () => {
    answer = cut
    const unkept = { method: 'POST', path: '/users', body: { name: 'ben' } } as const
    await assert.rejects(client.send(unkept), { code: 'ABOX_CLI_MANAGER' })
    assert.equal(asked.length, 1)
  })

  test('who waits for gateways asks a manager again that is away for a moment', async () => {
    const problem = { code: 'ABOX_DATABASE_AWAY', title: 't', detail: 'd', remedy: 'r' }
    const gateway = { instance: 'gw-0', role: 'gateway', applied: { 'models/rank': 3 }, refused: {}, disabled: {} }
    const receipts = { leader: true, connected: true, unwritten: {}, published: {}, alarms: [], repairs: 0 }
    answer = (response, nth) =>
      nth === 1 ? say(response, problem, 503) : say(response, { ...receipts, instances: [gateway] })
    const lines: string[] = []
    const wait = { enough: undefined, among: 1, limitMs: 60_000 }
    await waitForReceipts(client, [{ place: 'models/rank', generation: 3 }], wait, (line) => lines.push(line))
    assert.match(lines[0] ?? '', /^ABOX_DATABASE_AWAY/)
    assert.equal(lines[1], '1 of 1 gateways run it')
  })

  test('trials of endpoints are waited for longer than a manager takes for all of them', async () => {
    const limits = mock.method(AbortSignal, 'timeout')
    mock.method(console, 'log', () => {})
    answer = (response) => say(response, { endpoints: [], generation: 3, difference: [], variants: [] })
    const options = { manager: client.url, environment: 'qa', variant: 'theirs', output: 'json' }
    const environment = { ABOX_TOKEN: 'abox_1_2' }
    await modelCommand.run({ positionals: ['try', 'rank'], options, environment })
    await modelCommand.run({ positionals: ['online', 'rank'], options: { ...options, reason: 'a test' }, environment })
    const limitOf = (path: RegExp): unknown[] =>
      asked.flatMap((one, index) => (path.test(one.path) ? [limits.mock.calls[index]?.arguments[0]] : []))
    // 20 endpoints are asked for readiness and for the sample, 10 s each.
    const trials = [...limitOf(/\/try$/), ...limitOf(/\/online/)]
    assert.equal(trials.length, 2)
    assert.ok(
      trials.every((ms) => Number(ms) > 400_000),
      trials.join()
    )
    assert.deepEqual(limitOf(/\/rank$/), [30_000])
  })
})
