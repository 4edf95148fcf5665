import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import type { RawConfig } from '#core/config'
import { HDoubles } from '#lib/hessian2'
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

interface World {
  readonly gateway: EmbeddedGateway
  /** `ok`, or the exception's message. */
  call(features?: number): Promise<string>
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
    async call(features = 1) {
      const reply = await gateway.client.call({
        service: SERVICE,
        method: 'score',
        args: [new HDoubles(new Float64Array(features).fill(0.25))],
        parameterTypes: [],
        attachments: { timeout: '20000' },
        generic: true
      })
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
})
