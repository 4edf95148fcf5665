import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HDouble, HList } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument, startEmbeddedGateway } from '../../../harness/embedded-gateway.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const FILES = { 'bad.js': 'export const post = (', 'good.js': "export const post = () => 'good'" }

test('a gateway that has never run starts though a hook cannot be used: its method says why, all others serve', async () => {
  const model = await startModelServer(() => '{"predictions":[[1]]}')
  const documents = (file: string, generation: number): object[] => [
    serviceDocument([
      { name: 'shaped', model: 'rank', hook: 'shape', returns: 'java.lang.String' },
      { name: 'plain', model: 'rank', returns: 'java.lang.Object' }
    ]),
    modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
    { kind: 'Hook', name: 'shape', versions: [{ file }], generation }
  ]
  const gateway = await startEmbeddedGateway({ documents: documents('bad.js', 1), files: FILES })
  const call = async (method: string): Promise<string> => {
    const args = [new HList([new HDouble(1)])]
    const { value, exception } = await gateway.client.call({
      service: SERVICE,
      method,
      args,
      parameterTypes: [],
      generic: true
    })
    return exception === undefined ? JSON.stringify(value) : (exception.message ?? '')
  }
  try {
    assert.match(
      await call('shaped'),
      /ABOX_HOOK_BUNDLE: hook shape was refused: ABOX_HOOK_COMPILE: .*shape@[0-9a-f]{12}:1/
    )
    assert.doesNotMatch(await call('plain'), /ABOX_/)
    const { refused } = gateway.instance.state()
    assert.match(refused['hooks/shape'] ?? '', /ABOX_HOOK_COMPILE/)
    await gateway.publish(documents('good.js', 2))
    await until('the good one', async () => (await call('shaped')) === '"good"')
    assert.deepEqual(gateway.instance.state().refused, {})
  } finally {
    await gateway.close()
    await model.close()
  }
})
