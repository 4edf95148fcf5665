import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { createDubboClient } from '#lib/dubbo'
import { HDouble, HDoubles, HList } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument } from '../../../harness/embedded-gateway.ts'
import { startGatewayProcess } from '../../../harness/gateway-process.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'
import { freeRun } from '../../../peers/ports.ts'

const METHODS = [{ name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }]

interface State {
  readonly id: string
  readonly epoch: number
}

test('each instance has its own port, one that is killed comes back, and SIGTERM ends all with 0', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  const model = await startModelServer(() => '{"predictions":[[2.0]]}')
  const documents = [serviceDocument(METHODS), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
  await writeFile(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
  const port = await freeRun(3)
  await writeFile(
    join(folder, 'gateway.yaml'),
    stringify({
      name: 'gw',
      instances: 2,
      dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
      documents: { kind: 'file', path: 'documents.yaml' },
      observability: { host: '127.0.0.1' }
    })
  )
  const gateway = await startGatewayProcess(join(folder, 'gateway.yaml')).catch(async (error: unknown) => {
    await model.close()
    throw error
  })
  const score = async (at: number): Promise<unknown> => {
    const client = createDubboClient({ host: '127.0.0.1', port: at, timeoutMs: 5000 })
    try {
      const args = [new HList([new HDouble(1)])]
      return (await client.call({ service: SERVICE, method: 'score', parameterTypes: [], args, generic: true })).value
    } finally {
      await client.close()
    }
  }
  try {
    for (const at of [port, port + 1]) assert.deepEqual(await score(at), new HDoubles(Float64Array.of(2)))
    assert.equal((await gateway.observe('/healthz')).status, 200)
    assert.equal((await gateway.observe('/readyz')).status, 200)
    const metrics = (await gateway.observe('/metrics')).text
    for (const id of ['gw-0', 'gw-1']) assert.match(metrics, new RegExp(`abox_calls_total\\{.*instance="${id}".*\\} 1`))

    const states = (await gateway.admin('/instances')) as State[]
    const pid = Number(/"id":"gw-1".*?"pid":(\d+)/.exec(gateway.log())?.[1])
    process.kill(pid, 'SIGKILL')
    await until('instance 1 to serve again', () =>
      score(port + 1).then(
        () => true,
        () => false
      )
    )
    assert.deepEqual(await score(port), new HDoubles(Float64Array.of(2)), 'the other instance served on')
    const again = (await gateway.admin('/instances')) as State[]
    assert.equal(again.find(({ id }) => id === 'gw-0')?.epoch, states.find(({ id }) => id === 'gw-0')?.epoch)
    assert.notEqual(again.find(({ id }) => id === 'gw-1')?.epoch, states.find(({ id }) => id === 'gw-1')?.epoch)

    // Bad documents at the moment of a crash must not keep the instance from coming back.
    await writeFile(join(folder, 'documents.yaml'), 'kind: Modl\n')
    const pids = [...gateway.log().matchAll(/"id":"gw-1".*?"pid":(\d+)/g)]
    const newPid = Number(pids.at(-1)?.[1])
    process.kill(newPid, 'SIGKILL')
    await until('instance 1 to be gone', () =>
      score(port + 1).then(
        () => false,
        () => true
      )
    )
    await until('instance 1 to serve the last good documents', () =>
      score(port + 1).then(
        () => true,
        () => false
      )
    )
    assert.equal(await gateway.stop(), 0)
  } finally {
    await gateway.stop()
    await model.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test('a bad configuration ends with one line that names file, key, what was found and what was expected', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  const path = join(folder, 'gateway.yaml')
  await writeFile(path, 'dubbo: {port: soon}\ndocuments: {kind: file, path: x.yaml}\n')
  await assert.rejects(startGatewayProcess(path), (error: Error) => {
    assert.ok(error.message.includes(`ended with 1`), error.message)
    assert.ok(
      error.message.includes(`ABOX_CONFIG_INVALID: ${path}: dubbo.port: found "soon", expected "integer"`),
      error.message
    )
    return true
  })
  await rm(folder, { recursive: true, force: true })
})

test('a bad document at the start ends with one line that names file, path, what was found and what was expected', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  await writeFile(join(folder, 'documents.yaml'), 'kind: Model\nname: rank\nvariants: []\n')
  await writeFile(join(folder, 'gateway.yaml'), 'documents: {kind: file, path: documents.yaml}\ndubbo: {port: 0}\n')
  await assert.rejects(startGatewayProcess(join(folder, 'gateway.yaml')), (error: Error) => {
    assert.match(error.message, /ABOX_DOCUMENT_INVALID: .*documents\.yaml \(document 1\): variants: found \[\]/)
    return true
  })
  await rm(folder, { recursive: true, force: true })
})
