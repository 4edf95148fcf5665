import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import {
  type EmbeddedGateway,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

/** Stands for 169.254.169.254: an address that third parties may not be at, with somebody there who would hear of it. */
const FORBIDDEN = '127.0.0.2'
const METADATA = '169.254.169.254'
const SECRET = 'the-key-of-the-vendor'

const METHOD = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object', timeoutMs: 2000 }

describe('third parties', () => {
  let vendor: ModelServer
  let forbidden: Server
  let port = ''
  let touched = 0
  let gateway: EmbeddedGateway | undefined
  const warned: string[] = []
  beforeEach(async () => {
    vendor = await startModelServer((_request, response) => {
      // Each call needs a connection of its own, so that each one shows where connections go by then.
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{"by":"vendor"}')
      return undefined
    })
    port = new URL(vendor.origin).port
    touched = 0
    warned.length = 0
    forbidden = createServer((socket) => {
      touched++
      socket.destroy()
    })
    await new Promise<void>((resolve) => forbidden.listen(Number(port), FORBIDDEN, resolve))
  })
  afterEach(async () => {
    await gateway?.close()
    gateway = undefined
    await vendor.close()
    await new Promise((resolve) => forbidden.close(resolve))
  })

  const model = (host: string, generation = 1): object => ({
    kind: 'Model',
    name: 'rank',
    variants: [
      {
        name: 'v',
        cluster: 'vendor',
        endpoint: 'vendor',
        protocol: 'raw',
        path: '/score',
        // So that it is probed, too.
        health: '/health',
        headers: { 'x-plain': SECRET },
        endpoints: [`http://${host}:${port}`]
      }
    ],
    generation
  })
  /** `answers`: addresses of each look-up, the last of them for all that follow. */
  const start = async (host: string, ...answers: (readonly string[])[]): Promise<EmbeddedGateway> => {
    let at = 0
    gateway = await startEmbeddedGateway({
      documents: [serviceDocument([METHOD]), model(host)],
      config: { endpoints: { thirdPartyRanges: '127.0.0.1/32', resolveMs: 1000, probeIntervalMs: 100 } },
      lookup: async () => answers[Math.min(at++, answers.length - 1)] ?? [],
      log: { ...silentLogger, warn: (fields, text) => void warned.push(`${text} ${JSON.stringify(fields)}`) }
    })
    return gateway
  }
  const call = async ({ client }: EmbeddedGateway): Promise<string> => {
    const { exception } = await client.call({
      service: SERVICE,
      method: 'score',
      args: ['x'],
      parameterTypes: ['java.lang.String']
    })
    return exception === undefined ? 'answered' : (/ABOX_\w+/.exec(exception.message ?? '')?.[0] ?? 'failed')
  }
  const refusedAddresses = async ({ instance }: EmbeddedGateway): Promise<number> =>
    Number(/^abox_endpoint_refused_total\{.*\} (\d+)$/m.exec(await instance.metricsText())?.[1])

  for (const address of [METADATA, FORBIDDEN, '::ffff:169.254.169.254']) {
    test(`one whose name leads to ${address} is never connected to, which is logged and counted`, async () => {
      const running = await start('metadata.test', [address])
      await until('the address was refused', async () => (await refusedAddresses(running)) > 0)
      assert.equal(await call(running), 'ABOX_NO_ENDPOINT')
      assert.equal(touched, 0)
      const [line = '', ...more] = warned.filter((text) => text.includes('third party'))
      assert.match(line, /"host":"metadata\.test"/)
      assert.ok(line.includes(address))
      assert.deepEqual(more, [])
    })
  }

  test('one whose name leads to a good and a bad address is connected at the good one', async () => {
    const running = await start('both.test', [FORBIDDEN, '127.0.0.1'])
    await until('it was looked up', async () => (await refusedAddresses(running)) > 0)
    for (let n = 0; n < 10; n++) assert.equal(await call(running), 'answered')
    assert.equal(touched, 0)
  })

  test('one whose name is led elsewhere between two look-ups is connected where it was checked', async () => {
    const running = await start('turncoat.test', ['127.0.0.1'], [FORBIDDEN])
    await until('it answers', async () => (await call(running)) === 'answered')
    await until('the name has turned', async () => (await refusedAddresses(running)) > 0)
    for (let n = 0; n < 10; n++) assert.equal(await call(running), 'answered')
    assert.equal(touched, 0)
  })

  test('the name of this host is looked up and checked like any other', async () => {
    const running = await start('localhost', [FORBIDDEN])
    await until('the address was refused', async () => (await refusedAddresses(running)) > 0)
    assert.equal(await call(running), 'ABOX_NO_ENDPOINT')
  })

  test('a redirect into our own networks is not followed, by calls or by probes', async () => {
    vendor.handle((_request, response) => {
      response.writeHead(307, { location: `http://${FORBIDDEN}:${port}/latest/meta-data` }).end()
      return undefined
    })
    const running = await start('vendor.test', ['127.0.0.1'])
    await until('it was called', async () => (await call(running)) !== 'ABOX_NO_ENDPOINT')
    const before = vendor.bodies.length
    assert.notEqual(await call(running), 'answered')
    await until('it was probed', () => vendor.bodies.length > before + 1)
    assert.equal(touched, 0)
  })

  test('an address that stands in the document is refused with it', async () => {
    for (const host of [METADATA, '[::ffff:169.254.169.254]', '2852039166', FORBIDDEN]) {
      await assert.rejects(
        start(host),
        /ABOX_DOCUMENT_INVALID: .*model rank: variant v: endpoints: found "http.*of the third party "vendor".*range/
      )
    }
  })

  test('a bad address in a later document is told by the receipt, and the last good document stays', async () => {
    const running = await start('vendor.test', ['127.0.0.1'])
    await running.publish([serviceDocument([METHOD]), model(METADATA, 2)])
    await until('it was refused', () => running.instance.state().refused['models/rank'] !== undefined)
    assert.match(running.instance.state().refused['models/rank'] ?? '', /169\.254\.169\.254 is of a private/)
    assert.equal(await call(running), 'answered')
  })

  test('a range that is none is refused with the configuration', async () => {
    const documents = [serviceDocument([METHOD]), model('vendor.test')]
    const config = { endpoints: { thirdPartyRanges: ['10.0.0.0'] } }
    await assert.rejects(
      startEmbeddedGateway({ documents, config }),
      /ABOX_CONFIG_INVALID: .*thirdPartyRanges: found "10/
    )
  })
})
