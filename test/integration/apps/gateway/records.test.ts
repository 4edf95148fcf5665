import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallRecord } from '#contracts/call-record'
import { createChecker } from '#contracts/check'
import { coreErrors } from '#core/errors'
import { HDouble, HList, HMap } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument, startEmbeddedGateway } from '../../../harness/embedded-gateway.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const METHODS = [{ name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }]
const checker = createChecker(CallRecord, coreErrors.ABOX_INTERNAL)

test('every call is one record that fits its schema, numbered without gaps, split exactly per caller', async () => {
  const model = await startModelServer(() => '{"predictions":[[2.0]]}')
  const gateway = await startEmbeddedGateway({
    documents: [
      serviceDocument(METHODS),
      modelDocument({ legacy: { origin: model.origin, percent: 75 }, seldon: { origin: model.origin, percent: 25 } })
    ]
  })
  try {
    const one = (caller: string) =>
      gateway.client.call({
        service: SERVICE,
        method: 'score',
        args: [new HList([new HDouble(1)]), new HMap()],
        parameterTypes: [],
        attachments: { 'remote.application': caller, timeout: '3000' },
        generic: true
      })
    for (let i = 0; i < 40; i++) await Promise.all([one('a'), one('b'), one('a')])
    await assert.rejects(
      gateway.client.call({ service: SERVICE, method: 'missing', args: [], parameterTypes: [], generic: true })
    )
    const records = await gateway.records()
    assert.equal(records.length, 121)
    for (const record of records) checker.check(record, `record ${record.seq}`)
    assert.deepEqual(
      records.map(({ seq }) => seq).sort((x, y) => x - y),
      Array.from({ length: 121 }, (_, index) => index)
    )
    for (const [caller, calls] of [
      ['a', 80],
      ['b', 40]
    ] as const) {
      const own = records.filter((record) => record.caller === caller)
      assert.equal(own.length, calls)
      const legacy = own.filter(({ variant }) => variant === 'legacy').length
      assert.ok(Math.abs(legacy - calls * 0.75) < 1, `${caller}: ${legacy} of ${calls}`)
    }
    const missing = records.find(({ method }) => method === 'missing')
    assert.equal(missing?.outcome, 'no_route')
    assert.equal(missing?.dubboStatus, 60)
    assert.equal(missing?.model, undefined, 'what does not apply is absent')
    const good = records[0]
    assert.equal(good?.httpStatus, 200)
    assert.equal(good?.deadlineMs, 3000)
  } finally {
    await gateway.close()
    await model.close()
  }
})

test('a changed split is in force within a second and loses no call', async () => {
  const model = await startModelServer(() => '{"predictions":[[2.0]]}')
  const documents = (legacy: number, generation: number): object[] => [
    serviceDocument(METHODS),
    modelDocument(
      { legacy: { origin: model.origin, percent: legacy }, seldon: { origin: model.origin, percent: 100 - legacy } },
      generation
    )
  ]
  const gateway = await startEmbeddedGateway({ documents: documents(100, 1) })
  let running = true
  let failed = 0
  const loop = async (): Promise<void> => {
    while (running) {
      await gateway.client
        .call({
          service: SERVICE,
          method: 'score',
          args: [new HList([new HDouble(1)]), new HMap()],
          parameterTypes: [],
          generic: true
        })
        .catch(() => failed++)
    }
  }
  const loops = [loop(), loop(), loop(), loop()]
  try {
    await until('the first records', () => gateway.instance.state().nextSeq > 20)
    await gateway.publish(documents(0, 2))
    await until('generation 2', () => gateway.instance.state().applied['models/rank'] === 2)
    const seen = gateway.instance.state().nextSeq
    await until('calls with generation 2', () => gateway.instance.state().nextSeq > seen + 20)
  } finally {
    running = false
    await Promise.all(loops)
  }
  const records = await gateway.records()
  assert.equal(failed, 0)
  assert.ok(records.every(({ outcome }) => outcome === 'ok'))
  assert.ok(records.filter(({ generation }) => generation === 1).every(({ variant }) => variant === 'legacy'))
  assert.ok(records.filter(({ generation }) => generation === 2).every(({ variant }) => variant === 'seldon'))
  await gateway.close()
  await model.close()
})
