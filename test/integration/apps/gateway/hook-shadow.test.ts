import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDoubles, HMap } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { entriesOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const LIVE = `
export const pre = (call) => ({ body: { instances: [call.args[0]] } })
export const post = (reply) => ({ score: reply.body.predictions[0][0], by: 'live' })
`
const shadow = (body: string): string => `export const sideEffectFree = true\n${body}`
const SAME =
  "export const pre = (call) => ({ body: { instances: [call.args[0]] } })\nexport const post = (reply) => ({ by: 'live', score: "
const FILES = {
  'live.js': LIVE,
  'equal.js': shadow(`${SAME} reply.body.predictions[0][0] })`),
  'within.js': shadow(`${SAME} reply.body.predictions[0][0] * (1 + 1e-9) })`),
  'different.js': shadow(`${SAME} reply.body.predictions[0][0] * 1.5 })`),
  'request.js': shadow(LIVE.replace('[call.args[0]]', '[call.args[0], 1]')),
  'throws.js': shadow("export const pre = () => { throw new Error('x') }"),
  'loops.js': shadow('export const post = () => { for (;;); }'),
  'half.js': shadow(LIVE.replace(/export const post.*\n/, '')),
  'unmarked.js': LIVE
}

describe('a hook in shadow', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  let generation = 1

  const documents = (file: string | undefined, ppm = 1_000_000): object[] => [
    serviceDocument([{ name: 'rank', model: 'rank', hook: 'shape' }], {}, generation),
    modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
    {
      kind: 'Hook',
      name: 'shape',
      versions: [{ file: 'live.js' }],
      ...(file === undefined ? {} : { shadow: { file, ppm } }),
      generation
    }
  ]
  before(async () => {
    model = await startModelServer(({ body }) => ({
      predictions: (JSON.parse(body) as { instances: unknown }).instances
    }))
    gateway = await startEmbeddedGateway({ documents: documents(undefined), files: FILES })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const publish = async (file: string | undefined, ppm?: number): Promise<void> => {
    generation++
    await gateway.publish(documents(file, ppm))
    await until('the document is judged', () => {
      const { applied, refused } = gateway.instance.state()
      return applied['hooks/shape'] === generation || refused['hooks/shape'] !== undefined
    })
  }
  const call = async (): Promise<unknown> => {
    const args = [new HDoubles(Float64Array.of(0.5, 2))]
    const { value } = await gateway.client.call({
      service: SERVICE,
      method: 'rank',
      args,
      parameterTypes: [],
      generic: true
    })
    assert.ok(value instanceof HMap)
    return new Map(entriesOf(value)).get('by')
  }
  /** What the metrics count, by result, of the shadow that was published last. */
  const results = async (): Promise<Record<string, number>> => {
    await gateway.instance.flush()
    const found: Record<string, number> = {}
    for (const [, result = '', count] of (await gateway.instance.metricsText()).matchAll(
      /abox_hook_shadow_total\{.*result="(\w+)".*\} (\d+)/g
    )) {
      found[result] = (found[result] ?? 0) + Number(count)
    }
    return found
  }
  const counted = async (file: string): Promise<Record<string, number>> => {
    await publish(file)
    const before = await results()
    for (let i = 0; i < 3; i++) assert.equal(await call(), 'live', 'the shadow never answers')
    const after = await results()
    return Object.fromEntries(
      Object.entries(after).flatMap(([name, count]) => {
        const more = count - (before[name] ?? 0)
        return more > 0 ? [[name, more]] : []
      })
    )
  }

  test('its request and its result are compared with those of the version that answers, and counted', async () => {
    assert.deepEqual(await counted('equal.js'), { equal: 3 })
    assert.deepEqual(await counted('within.js'), { within: 3 })
    assert.deepEqual(await counted('different.js'), { different: 3 })
    assert.deepEqual(await counted('request.js'), { different: 3 })
    assert.deepEqual(await counted('half.js'), { different: 3 })
  })

  test('the model is asked once for each call: the shadow gets the same reply', async () => {
    await publish('equal.js')
    const before = model.bodies.length
    for (let i = 0; i < 4; i++) await call()
    await results()
    assert.equal(model.bodies.length - before, 4)
  })

  test('one that throws or never ends is counted as error and harms no call', async () => {
    assert.deepEqual(await counted('throws.js'), { error: 3 })
    assert.deepEqual(await counted('loops.js'), { error: 3 })
    assert.equal(gateway.instance.state().inFlight, 0)
  })

  test('parts per million of the calls are taken, exactly', async () => {
    await publish('equal.js', 250_000)
    const before = (await results())['equal'] ?? 0
    for (let i = 0; i < 20; i++) await call()
    assert.equal(((await results())['equal'] ?? 0) - before, 5)
  })

  test('its time is counted apart, and the record of a call names the version that answered', async () => {
    await publish('equal.js')
    await call()
    await results()
    assert.match(
      await gateway.instance.metricsText(),
      /abox_hook_shadow_seconds_total\{hook="shape",version="[0-9a-f]{12}".*\} 0\.0/
    )
    const records = await gateway.records()
    assert.equal(new Set(records.map(({ hook }) => hook)).size, 1)
  })

  test('a flood beyond what may run is not taken, and counted as dropped', async () => {
    await publish('equal.js')
    const before = await results()
    const dropped = async (): Promise<number> => {
      const text = await gateway.instance.metricsText()
      return [...text.matchAll(/abox_hook_shadow_dropped_total\{.*\} (\d+)/g)].reduce(
        (sum, [, count]) => sum + Number(count),
        0
      )
    }
    const droppedBefore = await dropped()
    await Promise.all(Array.from({ length: 300 }, () => call()))
    const taken = ((await results())['equal'] ?? 0) - (before['equal'] ?? 0)
    assert.equal(taken + (await dropped()) - droppedBefore, 300)
    assert.ok(taken >= 32)
  })

  test('a version that does not say that it is free of side effects is refused as shadow, and the last good document stays', async () => {
    await publish('equal.js')
    await publish('unmarked.js')
    const { applied, refused } = gateway.instance.state()
    assert.match(
      refused['hooks/shape'] ?? '',
      /shape@[0-9a-f]{12}: shadow: expected `export const sideEffectFree = true`/
    )
    assert.equal(applied['hooks/shape'], generation - 1)
    assert.equal(await call(), 'live')
  })
})
