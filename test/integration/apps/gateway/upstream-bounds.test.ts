import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import type { RawConfig } from '#core/config'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDoubles } from '#lib/hessian2'

type DubboCall = Parameters<DubboClient['call']>[0]

import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelHandler, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const GOOD = '{"predictions":[[2.0]]}'

/** A call of `score`; the first one of a connection says whose all of them are. */
const scoreCall = (features: number, caller: string): DubboCall => ({
  service: SERVICE,
  method: 'score',
  args: [new HDoubles(new Float64Array(features).fill(0.25))],
  parameterTypes: [],
  attachments: { timeout: '20000', 'remote.application': caller },
  generic: true
})

interface World {
  readonly gateway: EmbeddedGateway
  /** `ok`, or the exception's message. */
  call(features?: number, caller?: string): Promise<string>
  metric(name: string, labels?: string): Promise<number>
}

async function start(t: TestContext, handler: ModelHandler, config: RawConfig): Promise<World> {
  const model = await startModelServer(handler)
  const methods = [
    { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs: 20_000 }
  ]
  const documents = [serviceDocument(methods), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
  const gateway = await startEmbeddedGateway({ documents, config })
  t.after(async () => {
    await gateway.close()
    await model.close()
  })
  return {
    gateway,
    async call(features = 1, caller = 'tests') {
      const reply = await gateway.client.call(scoreCall(features, caller))
      return reply.exception?.message ?? 'ok'
    },
    async metric(name, labels = '') {
      const text = await gateway.instance.metricsText()
      const line = text.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels))
      return Number(line?.split(' ').at(-1))
    }
  }
}

describe('gateway: bounds of the calls to a model', () => {
  test('a call beyond the connections and those that wait is shed at once, and counted', async (t) => {
    const held: ServerResponse[] = []
    const hold: ModelHandler = (_, response) => void held.push(response)
    const { gateway, call, metric } = await start(t, hold, { upstream: { connections: 2, maxWaiting: 3 } })
    const calls = Array.from({ length: 5 }, () => call())
    await until('the model has both calls', () => held.length === 2)
    assert.equal(await metric('abox_upstream_waiting'), 3)
    assert.equal(await metric('abox_upstream_running'), 2)
    assert.equal(await metric('abox_upstream_connections'), 2)
    assert.match(await call(), /^ABOX_UPSTREAM_BUSY: .* found 2 connections taken and 3 requests waiting/)
    assert.equal(await metric('abox_upstream_refused_total', 'reason="busy"'), 1)
    const release = setInterval(() => {
      for (const response of held.splice(0)) response.end(GOOD)
    }, 1)
    assert.deepEqual(await Promise.all(calls), Array(5).fill('ok'))
    clearInterval(release)
    assert.equal(await metric('abox_upstream_waiting'), 0)
    const outcomes = (await gateway.records()).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes.toSorted(), ['ok', 'ok', 'ok', 'ok', 'ok', 'shed'])
  })

  test('one caller cannot take all calls that the endpoints may have, and another one finds room', async (t) => {
    const held: ServerResponse[] = []
    const hold: ModelHandler = (_, response) => void held.push(response)
    const { gateway, call, metric } = await start(t, hold, { endpoints: { maxInFlight: 10 } })
    const flood = Array.from({ length: 12 }, () => call(1, 'flooder'))
    await until('the model has what the flooder may send', () => held.length === 8)
    const other = createDubboClient({ host: '127.0.0.1', port: gateway.instance.port, timeoutMs: 10_000 })
    t.after(() => other.close())
    const shop = other.call(scoreCall(1, 'shop'))
    await until('the model has the call of the other caller', () => held.length === 9)
    for (const response of held.splice(0)) response.end(GOOD)
    assert.equal((await shop).exception, undefined)
    const answers = await Promise.all(flood)
    assert.equal(answers.filter((answer) => answer === 'ok').length, 8)
    assert.match(
      answers.find((answer) => answer !== 'ok') ?? '',
      /^ABOX_SHED: variant legacy: found 8 of 8 calls there of flooder/
    )
    assert.equal(await metric('abox_shed_total', 'reason="model_share"'), 4)
  })

  test('a body above the limit is refused before anything is sent, and counted', async (t) => {
    const { gateway, call, metric } = await start(t, () => GOOD, { upstream: { maxRequestBytes: 1024 } })
    assert.match(await call(1000), /^ABOX_UPSTREAM_REQUEST_TOO_LARGE: .* at most 1024 may be sent/)
    assert.equal(await call(10), 'ok')
    assert.equal(await metric('abox_upstream_refused_total', 'reason="request_too_large"'), 1)
    const [first] = await gateway.records()
    assert.deepEqual([first?.outcome, first?.errorCode], ['bad_request', 'ABOX_UPSTREAM_REQUEST_TOO_LARGE'])
  })

  test('retries over stale connections and time-outs are counted', async (t) => {
    let answered = 0
    const { call, metric } = await start(
      t,
      (_, response) => {
        // The second request on the kept connection finds it closed.
        if (++answered === 2) response.socket?.destroy()
        return answered === 2 ? undefined : GOOD
      },
      {}
    )
    assert.equal(await call(), 'ok')
    assert.equal(await call(), 'ok')
    assert.equal(await metric('abox_upstream_retries_total', 'reason="stale_connection"'), 1)
    for (const phase of ['connection', 'answer', 'head', 'body']) {
      assert.equal(await metric('abox_upstream_timeouts_total', `phase="${phase}"`), 0)
    }
    assert.equal(await metric('abox_upstream_canceled_total'), 0)
  })

  test('a model that stops before its head or inside its body ends by upstream.headersTimeoutMs and bodyTimeoutMs', async (t) => {
    const config = { upstream: { headersTimeoutMs: 500, bodyTimeoutMs: 500 } }
    let silent = true
    const handler: ModelHandler = (_, response) => {
      if (!silent) response.write('{"predictions":')
    }
    const { call, metric } = await start(t, handler, config)
    assert.match(await call(), /^ABOX_UPSTREAM_TIMEOUT: .* no head of an answer within 500 ms/)
    assert.equal(await metric('abox_upstream_timeouts_total', 'phase="answer"'), 1)
    silent = false
    assert.match(await call(), /^ABOX_UPSTREAM_TIMEOUT: .* nothing more came for 500 ms/)
    assert.equal(await metric('abox_upstream_timeouts_total', 'phase="body"'), 1)
  })

  test('answers that are more than may be held together end at once, are counted, and cost small ones nothing', async (t) => {
    const held: ServerResponse[] = []
    let requests = 0
    const handler: ModelHandler = (_, response) => {
      if (++requests === 3) return GOOD
      if (requests === 4) return `{"predictions":[[2.0]]${' '.repeat(200_000)}}`
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 200_000 })
      response.flushHeaders()
      held.push(response)
      return undefined
    }
    const { gateway, call, metric } = await start(t, handler, { upstream: { maxHeldBytes: 300_000 } })
    const first = call()
    while ((await metric('abox_upstream_held_bytes')) !== 200_000) await new Promise(setImmediate)
    assert.match(await call(), /^ABOX_UPSTREAM_BUSY: .*upstream\.maxHeldBytes/)
    assert.equal(await metric('abox_upstream_no_room_total'), 1)
    assert.equal(await call(), 'ok')
    held[0]?.end(GOOD.padEnd(200_000))
    assert.equal(await first, 'ok')
    assert.equal(await call(), 'ok')
    assert.equal(await metric('abox_upstream_held_bytes'), 0)
    const outcomes = (await gateway.records()).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes.toSorted(), ['ok', 'ok', 'ok', 'shed'])
  })
})
