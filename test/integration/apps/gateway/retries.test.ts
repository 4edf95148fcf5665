import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createDubboClient } from '#lib/dubbo'
import { HDouble, HList } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const method = (name: string, more: object = {}): object => ({
  ...{ name, model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs: 5000 },
  ...more
})
const GOOD = '{"predictions":[[2.0]]}'

describe('one endpoint of two that fails', () => {
  let good: ModelServer
  let bad: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    good = await startModelServer(() => GOOD)
    bad = await startModelServer(() => GOOD)
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument([method('once'), method('again', { idempotent: true })]),
        modelOf(bad.origin, good.origin)
      ]
    })
  })
  after(async () => {
    await gateway.close()
    await Promise.all([good.close(), bad.close()])
  })

  const call = (name: string) =>
    gateway.client.call({
      service: SERVICE,
      method: name,
      args: [new HList([new HDouble(1)])],
      parameterTypes: [],
      generic: true
    })
  /** Two calls in turn meet both endpoints. */
  const both = async (name: string): Promise<(string | undefined)[]> => [
    (await call(name)).exception?.message,
    (await call(name)).exception?.message
  ]

  // Good answers between the tests keep it from being ejected, for which it would take five bad ones in a row.
  const recover = async (): Promise<void> => {
    bad.handle(() => GOOD)
    assert.deepEqual(await both('once'), [undefined, undefined])
  }

  test('is made up for by the other one where calls may be made twice', async () => {
    bad.handle((_, response) => void response.writeHead(503).end('<h1>no</h1>'))
    assert.deepEqual(await both('again'), [undefined, undefined])
    const attempts = (await gateway.records()).slice(-2).map((record) => record.attempts)
    assert.ok(attempts.includes(2), String(attempts))
  })

  test('and so is one whose good status has a body that is cut', async () => {
    await recover()
    bad.handle((_, response) => void response.writeHead(200, { 'content-length': 9 }).end(GOOD.slice(0, 9)))
    assert.deepEqual(await both('again'), [undefined, undefined])
    const failed = (await both('once')).filter((message) => message !== undefined)
    assert.match(failed.join('\n'), /^ABOX_JSON_SYNTAX: [^\n]*$/)
  })

  test('is the answer of the call where calls may be made only once', async () => {
    await recover()
    bad.handle((_, response) => void response.writeHead(503).end('<h1>no</h1>'))
    const messages = await both('once')
    assert.equal(messages.filter((message) => message?.startsWith('ABOX_MODEL_STATUS')).length, 1)
  })

  test('is made up for in any case when nothing was sent', async () => {
    await bad.close()
    assert.deepEqual(await both('once'), [undefined, undefined])
  })
})

describe('a call to a model', () => {
  test('says how long its answer is waited for, which is 50 ms less than its caller waits', async () => {
    let seen = 0
    const model = await startModelServer(() => GOOD)
    const gateway = await startEmbeddedGateway({
      documents: [serviceDocument([method('once')]), modelOf(model.origin)]
    })
    try {
      model.handle(({ headers }) => {
        seen = Number(headers['x-request-timeout-ms'])
        return GOOD
      })
      const attachments = { timeout: '1234' }
      const args = [new HList([new HDouble(1)])]
      await gateway.client.call({
        service: SERVICE,
        method: 'once',
        args,
        parameterTypes: [],
        generic: true,
        attachments
      })
      assert.ok(seen > 0 && seen <= 1184, String(seen))
    } finally {
      await gateway.close()
      await model.close()
    }
  })

  test('is not made a second time when its time is over, though calls may be and its caller waits a little longer', async () => {
    const [one, other] = await Promise.all([startModelServer(() => undefined), startModelServer(() => undefined)])
    const gateway = await startEmbeddedGateway({
      documents: [serviceDocument([method('again', { idempotent: true })]), modelOf(one.origin, other.origin)]
    })
    try {
      const { exception } = await gateway.client.call({
        service: SERVICE,
        method: 'again',
        args: [new HList([new HDouble(1)])],
        parameterTypes: [],
        generic: true,
        attachments: { timeout: '2000' }
      })
      assert.match(exception?.message ?? '', /^ABOX_UPSTREAM_TIMEOUT: .* no whole answer within 1\d\d\d ms/)
      assert.equal((await gateway.records()).at(-1)?.attempts, 1)
    } finally {
      await gateway.close()
      await Promise.all([one.close(), other.close()])
    }
  })

  test('ends when its caller has gone: the model is hung up on', async () => {
    let hungUp = false
    let asked = false
    // It takes the request and never answers.
    const model: Server = createServer((socket) => {
      socket.on('data', () => (asked = true))
      socket.on('close', () => (hungUp = true))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve))
    const { port } = model.address() as AddressInfo
    const gateway = await startEmbeddedGateway({
      documents: [serviceDocument([method('once', { timeoutMs: 600_000 })]), modelOf(`http://127.0.0.1:${port}`)]
    })
    try {
      const client = createDubboClient({ host: '127.0.0.1', port: gateway.instance.port, timeoutMs: 600_000 })
      const args = [new HList([new HDouble(1)])]
      const call = client.call({ service: SERVICE, method: 'once', args, parameterTypes: [], generic: true })
      await until('the model to be asked', () => asked)
      await Promise.all([assert.rejects(call, { code: 'ABOX_DUBBO_CLOSED' }), client.close()])
      await until('the model to be hung up on', () => hungUp)
      await until('the call to be over', () => gateway.instance.state().inFlight === 0)
      const record = (await gateway.records()).at(-1)
      assert.equal(record?.outcome, 'canceled')
    } finally {
      await gateway.close()
      model.close()
    }
  })
})

function modelOf(...endpoints: string[]): object {
  const variant = {
    name: 'only',
    cluster: 'legacy',
    protocol: 'tensorflow',
    path: '/v1/models/rank:predict',
    endpoints
  }
  return { kind: 'Model', name: 'rank', variants: [variant] }
}
