import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDouble, HDoubles, type HessianValue, HInt, HList } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { mapOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'

const METHODS = [
  { name: 'first', model: 'rank', input: 'args[0]', returns: 'java.lang.Object' },
  { name: 'inner', model: 'rank', input: 'args[1].rows', returns: 'java.lang.Object' },
  { name: 'all', model: 'rank', input: 'args', returns: 'java.lang.Object' }
]

// Bodies that take many slices; what reaches the model must not tell.
describe('large bodies', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(() => '{"predictions":[[2.0]]}')
    gateway = await startEmbeddedGateway({
      documents: [serviceDocument(METHODS), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const call = (method: string, args: HessianValue[]) =>
    gateway.client.call({ service: SERVICE, method, args, parameterTypes: [], generic: true })

  const rows = Array.from({ length: 60_000 }, (_, i) => i * 7)
  const rowList = new HList(rows.map((row) => new HInt(row)))
  const text = '中文"\u0001😀'.repeat(60_000)

  test('the JSON of an argument is whole', async () => {
    await call('first', [
      mapOf([
        ['text', text],
        ['rows', rowList]
      ])
    ])
    assert.equal(model.bodies.at(-1), `{"instances":[${JSON.stringify({ text, rows })}]}`)
  })

  test('a place inside an argument is found behind a megabyte of others', async () => {
    await call('inner', [
      new HInt(1),
      mapOf([
        ['text', text],
        ['rows', rowList]
      ])
    ])
    assert.equal(model.bodies.at(-1), `{"instances":[${JSON.stringify(rows)}]}`)
    const { exception } = await call('inner', [new HInt(1), mapOf([['text', text]])])
    assert.match(exception?.message ?? '', /ABOX_ARGUMENT.*args\[1\] has no rows/)
  })

  test('all arguments stand beside each other', async () => {
    await call('all', [text, new HDoubles(Float64Array.of(1, 0.5))])
    assert.equal(model.bodies.at(-1), `{"instances":[[${JSON.stringify(text)},[1.0,0.5]]]}`)
  })

  test('many at once and small calls between them are all answered', async () => {
    const large = Array.from({ length: 8 }, () => call('first', [rowList]))
    const small = Array.from({ length: 20 }, () => call('first', [new HList([new HDouble(1)])]))
    for (const { exception } of await Promise.all([...large, ...small])) assert.equal(exception, undefined)
  })

  test('a small body that references make large is written in slices, and whole', async () => {
    const word = new HList(['x'.repeat(1000)])
    await call('first', [new HList(Array.from({ length: 1000 }, () => word))])
    assert.equal(
      model.bodies.at(-1),
      `{"instances":[${JSON.stringify(Array.from({ length: 1000 }, () => word.items))}]}`
    )
  })

  test('what a small body is refused for, a large one is too', async () => {
    const cycle = new HList([text])
    cycle.items.push(cycle)
    const { exception } = await call('first', [cycle])
    assert.match(exception?.message ?? '', /ABOX_HESSIAN_CYCLE/)
  })
})
