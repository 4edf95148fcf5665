import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDouble, HDoubles, HList } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'

const METHODS = [{ name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }]

describe('the form of a call', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(() => '{"predictions":[[2.0]]}')
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument(METHODS),
        { ...serviceDocument(METHODS), group: 'guarded', token: 's3cret' },
        modelDocument({ legacy: { origin: model.origin, percent: 100 } })
      ]
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const score = (attachments: Record<string, string>, group?: string) =>
    gateway.client.call({
      service: SERVICE,
      ...(group !== undefined && { group }),
      method: 'score',
      args: [new HList([new HDouble(1)])],
      parameterTypes: [],
      generic: true,
      attachments
    })
  const answer = new HDoubles(Float64Array.of(2))

  for (const kind of ['nativejava', 'bean', 'protobuf-json', 'gson']) {
    test(`generic=${kind} is refused with the kinds that work`, async () => {
      const { exception } = await score({ generic: kind })
      assert.equal(exception?.className, 'java.lang.RuntimeException')
      assert.match(exception.message ?? '', /^ABOX_GENERIC_KIND: attachment generic: found ".+", expected true or raw/)
    })
  }
  for (const kind of ['true', 'raw.return', '']) {
    test(`generic=${kind} is answered`, async () => {
      assert.deepEqual((await score({ generic: kind })).value, answer)
    })
  }
  test('a callback argument is refused', async () => {
    const { exception } = await score({ 'sys_callback_arg-1': '12345' })
    assert.match(exception?.message ?? '', /^ABOX_CALLBACK: argument 1: found a callback/)
  })
  test('a call with the token of the service is answered', async () => {
    assert.deepEqual((await score({ token: 's3cret' }, 'guarded')).value, answer)
  })
  test('a call without the token is refused, and the message does not show it', async () => {
    const { exception } = await score({}, 'guarded')
    assert.match(exception?.message ?? '', /^ABOX_TOKEN: attachment token: found none, expected that of /)
    assert.ok(!exception?.message?.includes('s3cret'))
  })
  for (const token of ['', 's3cre', 's3cret2', 'x'.repeat(5000)]) {
    test(`a token of ${token.length} other characters is refused`, async () => {
      const { exception } = await score({ token }, 'guarded')
      assert.match(exception?.message ?? '', /^ABOX_TOKEN: attachment token: found another one/)
    })
  }
  test('a service without a token takes calls with any', async () => {
    assert.deepEqual((await score({ token: 'x' })).value, answer)
  })
})
