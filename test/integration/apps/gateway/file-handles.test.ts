import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import type { CallRecord } from '#contracts/call-record'
import { createDubboClient } from '#lib/dubbo'
import { startGatewayProcess } from '../../../harness/gateway-process.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'
import { freePort } from '../../../peers/ports.ts'
import { FEATURE, faultDocuments, scoreOf } from './fault-world.ts'

/** Of which an instance has some 40 open before its first connection. */
const HANDLES = 80
const skip = process.platform === 'win32' ? 'there is no ulimit on Windows' : false

/** A gateway process whose model is at some origins. */
async function startWithFewHandles(t: TestContext, origins: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'abox-handles-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const port = await freePort()
  const publish = (documents: readonly object[]): Promise<void> =>
    writeFile(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
  await publish(faultDocuments(origins))
  const config = {
    name: 'handles',
    dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
    documents: { kind: 'file', path: 'documents.yaml' },
    records: { kind: 'file', path: 'calls.jsonl' },
    // The only endpoint is never ejected, and no probe takes a handle.
    endpoints: { probeIntervalMs: 600_000 }
  }
  await writeFile(join(folder, 'gateway.yaml'), stringify(config))
  const gateway = await startGatewayProcess(join(folder, 'gateway.yaml'), [], HANDLES)
  t.after(() => gateway.stop())
  const metric = async (name: string, labels = ''): Promise<number> => {
    const lines = (await gateway.observe('/metrics')).text.split('\n')
    const line = lines.find((one) => one.startsWith(`${name}{`) && one.includes(labels))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  return { gateway, port, folder, publish, metric }
}

describe('an instance that may open few files', { skip }, () => {
  test('refuses and counts connections before they take the last one, says why a model cannot be reached, and recovers', async (t) => {
    const held: (() => void)[] = []
    const answer = '{"predictions":[[2.0]]}'
    const model = await startModelServer(({ body }, response) => {
      if (!body.includes(String(FEATURE.held))) return answer
      // Its connection is not kept: a kept one is a handle.
      const headers = { 'content-type': 'application/json', connection: 'close' }
      held.push(() => response.writeHead(200, headers).end(answer))
      return undefined
    })
    t.after(() => model.close())
    const { gateway, port, folder, metric } = await startWithFewHandles(t, [model.origin])
    const client = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 20_000 })
    t.after(() => client.close())
    let calls = 0
    const call = async (feature: number = FEATURE.free): Promise<string> => {
      calls++
      const { exception } = await client.call(scoreOf(feature))
      return exception?.message ?? 'ok'
    }
    assert.equal(await call(), 'ok')

    const idle: Socket[] = []
    t.after(() => {
      for (const socket of idle) socket.destroy()
    })
    await until('a connection that is refused', async () => {
      idle.push(connect(port, '127.0.0.1').on('error', () => {}))
      return (await metric('abox_connection_events_total', 'event="connection_refused"')) > 0
    })
    assert.ok(idle.length < HANDLES, `${idle.length} connections`)
    assert.match(gateway.log(), /fewer connections than dubbo.maxConnections: raise the limit of open files/)

    // Handles are left for models, though not for as many calls at a time as these.
    for (let n = 0; n < 20; n++) assert.equal(await call(), 'ok')
    const burst = Array.from({ length: HANDLES }, () => call(FEATURE.held))
    assert.match(await Promise.race(burst), /^ABOX_UPSTREAM_CONNECT: .*EMFILE/)
    await until('the calls without a handle to be over', async () => (await metric('abox_in_flight')) === held.length)
    assert.ok(held.length >= 4, `${held.length} calls at the model`)
    const atModel = held.length
    for (const release of held.splice(0)) release()
    const answers = await Promise.all(burst)
    assert.equal(answers.filter((each) => each === 'ok').length, atModel)
    assert.equal(await metric('abox_calls_total', 'outcome="connect"'), HANDLES - atModel)
    for (let n = 0; n < 20; n++) assert.equal(await call(), 'ok')
    assert.equal((await gateway.observe('/readyz')).status, 200)

    for (const socket of idle) socket.destroy()
    await until('its connections to be gone', async () => (await metric('abox_connections')) === 1)
    const again = Array.from({ length: 10 }, () => call(FEATURE.held))
    await until('ten calls at the model at a time', () => held.length === 10)
    for (const release of held.splice(0)) release()
    assert.deepEqual(new Set(await Promise.all(again)), new Set(['ok']))
    const late = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 20_000 })
    t.after(() => late.close())
    assert.equal((await late.call(scoreOf(FEATURE.free))).exception, undefined)
    calls++

    await Promise.all([client.close(), late.close()])
    assert.equal(await gateway.stop(), 0)
    const records = (await readFile(join(folder, 'calls.handles-0.jsonl'), 'utf8')).trim().split('\n')
    assert.deepEqual(
      records.map((line) => (JSON.parse(line) as CallRecord).seq),
      Array.from({ length: calls }, (_, seq) => seq)
    )
    assert.doesNotMatch(gateway.log(), /instance ended/)
  })

  test('closes idle connections to one model before another one cannot be reached', async (t) => {
    const answer = '{"predictions":[[2.0]]}'
    const held: (() => void)[] = []
    const startModel = async () => {
      const model = await startModelServer((_request, response) => {
        held.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end(answer))
      })
      t.after(() => model.close())
      return model
    }
    const [first, second] = [await startModel(), await startModel()]
    const { gateway, port, publish, metric } = await startWithFewHandles(t, [first.origin])
    const client = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 20_000 })
    t.after(() => client.close())
    /** So many calls that are at the model at a time, and what became of them. */
    const burst = async (calls: number): Promise<unknown[]> => {
      const all = Array.from({ length: calls }, () => client.call(scoreOf(FEATURE.free)))
      await until(`${calls} calls at the model`, () => held.length === calls)
      for (const release of held.splice(0)) release()
      return (await Promise.all(all)).map(({ exception }) => exception?.message ?? 'ok')
    }
    // There are handles for so many, and not for twice as many.
    const calls = 30
    assert.deepEqual(new Set(await burst(calls)), new Set(['ok']))
    assert.equal(await metric('abox_upstream_connections'), calls)
    assert.equal(await metric('abox_upstream_idle_closed_total'), 0)

    await publish(faultDocuments([second.origin]).map((document) => ({ ...document, generation: 2 })))
    await until('the other model', async () => (await metric('abox_document_generation', 'models/rank')) === 2)
    assert.deepEqual(new Set(await burst(calls)), new Set(['ok']))
    const closed = await metric('abox_upstream_idle_closed_total')
    assert.ok(closed > 0 && closed <= calls, `${closed} closed`)
    await client.close()
    assert.equal(await gateway.stop(), 0)
  })
})
