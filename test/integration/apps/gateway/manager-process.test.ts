import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { createDubboClient } from '#lib/dubbo'
import { modelDocument, SERVICE, serviceDocument } from '../../../harness/embedded-gateway.ts'
import { startGatewayProcess } from '../../../harness/gateway-process.ts'
import { landscape, putAll, startManager } from '../../../harness/manager.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'
import { freeRun } from '../../../peers/ports.ts'

interface Live {
  readonly instances: number
  readonly items: readonly { readonly calls: number }[]
}

test('instances of `abox gateway` tell the manager what they did, up to their last call before the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  const model = await startModelServer(() => '{"predictions":["x"]}')
  const running = await startManager()
  try {
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
    const body = { title: 'gateways', role: 'gateway', businessGroup: '*', environment: 'qa', days: 1 }
    await writeFile(join(folder, 'token'), (await running.root.ask('POST', '/api/v1/tokens', { body })).body.token)
    const methods = [{ name: 'rank', model: 'rank', returns: 'java.lang.String' }]
    const documents = [serviceDocument(methods), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
    await writeFile(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
    const port = await freeRun(3)
    await writeFile(
      join(folder, 'gateway.yaml'),
      stringify({
        name: 'gw',
        instances: 2,
        dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
        documents: { kind: 'file', path: 'documents.yaml' },
        observability: { host: '127.0.0.1' },
        manager: { url: running.manager.url, tokenFile: 'token', environment: 'qa' }
      })
    )
    const gateway = await startGatewayProcess(join(folder, 'gateway.yaml'))
    const live = async (): Promise<Live> =>
      (await running.root.ask('GET', '/api/v1/environments/qa/live?seconds=600')).body as unknown as Live
    try {
      await until('both instances tell something', async () => (await live()).instances === 2)
      for (const at of [port, port + 1]) {
        const client = createDubboClient({ host: '127.0.0.1', port: at, timeoutMs: 5000 })
        const request = { service: SERVICE, method: 'rank', args: ['x'], parameterTypes: ['java.lang.String'] }
        for (let call = 0; call < 10; call++) assert.equal((await client.call(request)).value, 'x')
        await client.close()
      }
    } finally {
      assert.equal(await gateway.stop(), 0)
    }
    await until('all 20 calls are there', async () => (await live()).items[0]?.calls === 20)
  } finally {
    await running.close()
    await model.close()
    await rm(folder, { recursive: true, force: true })
  }
})
