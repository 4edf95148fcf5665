import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDouble, HDoubles, HInt, HList, HMap, HObject } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { entriesOf, fieldsOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'

const ITEM = 'com.example.rank.ItemScore'
const HOOK = `
export function post(reply) {
  const [kind] = reply.body.predictions
  if (kind === 'exception') return { $exception: { class: 'com.example.rank.Refused', message: 'x'.repeat(200000), fields: {} } }
  return Array.from({ length: 40000 }, (_, i) => ({ id: i, score: i / 8 }))
}
`
const METHODS = [
  { name: 'scores', model: 'rank', returns: 'double[]' },
  { name: 'items', model: 'rank', returns: `java.util.List<${ITEM}>` },
  { name: 'anything', model: 'rank', returns: 'java.lang.Object' }
]
const SHAPED = {
  name: 'shaped',
  model: 'rank',
  returns: `java.util.List<${ITEM}>`,
  hook: 'shape',
  throws: ['com.example.rank.Refused']
}
const TYPES = {
  [ITEM]: { fields: { id: 'long', score: 'double' } },
  'com.example.rank.Refused': { exception: true, fields: { code: 'int' } }
}

// Answers that take many slices; what the consumer gets must not tell.
describe('large answers', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(() => '{"predictions":[[]]}')
    gateway = await startEmbeddedGateway({
      documents: [serviceDocument(METHODS, TYPES), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const call = (method: string) =>
    gateway.client.call({ service: SERVICE, method, args: [new HInt(1)], parameterTypes: ['I'] })
  const answers = (text: string): void => model.handle(() => text)

  test('a row of scores is whole', async () => {
    const scores = Array.from({ length: 60_000 }, (_, i) => Math.sin(i))
    answers(`{"model":"a","predictions":[${JSON.stringify(scores)}],"more":[1]}`)
    const { value } = await call('scores')
    assert.ok(value instanceof HDoubles)
    assert.deepEqual(Array.from(value.values), scores)
  })

  test('beans are objects of their class, in order', async () => {
    answers(`{"predictions":[[${Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"score":${i / 4}}`).join()}]]}`)
    const { value } = await call('items')
    assert.ok(value instanceof HList)
    assert.equal(value.items.length, 20_000)
    const last = value.items.at(-1)
    assert.ok(last instanceof HObject)
    assert.equal(last.className, ITEM)
    assert.deepEqual([...fieldsOf(last)].at(-1), ['score', new HDouble(19_999 / 4)])
  })

  test('a long text behind many keys is whole', async () => {
    const text = '中文"\u0001😀'.repeat(60_000)
    answers(
      `{"predictions":[${JSON.stringify({ ...Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`k${i}`, i])), text })}]}`
    )
    const { value } = await call('anything')
    assert.ok(value instanceof HMap)
    assert.deepEqual(entriesOf(value).at(-1), ['text', text])
  })

  test('an answer that would be longer than consumers accept is an error that says how long', async () => {
    answers(`{"predictions":[[${'[],'.repeat(1_600_000)}[]]]}`)
    const { exception } = await call('anything')
    assert.match(
      exception?.message ?? '',
      /ABOX_ANSWER_TOO_LARGE: the answer: found \d+ bytes of Hessian so far, expected at most 8388608/
    )
    assert.equal((await gateway.records()).at(-1)?.outcome, 'bad_response')
  })

  test('one that is broken at its end, or says that it failed, or is of another type ends as a small one does', async () => {
    const many = '1,'.repeat(100_000)
    answers(`{"predictions":[[${many}1]]`)
    assert.match((await call('scores')).exception?.message ?? '', /ABOX_JSON_SYNTAX: at byte 200020/)
    answers(`{"many":[${many}1],"error":"out of memory"}`)
    assert.match((await call('scores')).exception?.message ?? '', /ABOX_MODEL_FAILURE/)
    answers(`{"predictions":[[${many}"1"]]}`)
    assert.match(
      (await call('scores')).exception?.message ?? '',
      /ABOX_ANSWER_TYPE: \[100000\]: found "1", expected double/
    )
    answers(`{"many":[${many}1]}`)
    assert.match((await call('scores')).exception?.message ?? '', /ABOX_ANSWER_MISSING.* an object with many/)
  })

  test('many at once and small ones between them are all answered', async () => {
    let count = 0
    model.handle(() => `{"predictions":[[${count++ % 4 === 0 ? '1,'.repeat(200_000) : ''}1]]}`)
    for (const { exception } of await Promise.all(Array.from({ length: 40 }, () => call('scores')))) {
      assert.equal(exception, undefined)
    }
  })
})

describe('large answers of a post hook', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(() => '{"predictions":["value"]}')
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument([SHAPED], TYPES),
        modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
        { kind: 'Hook', name: 'shape', versions: [{ file: 'shape.js' }] }
      ],
      files: { 'shape.js': HOOK }
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const call = () =>
    gateway.client.call({ service: SERVICE, method: 'shaped', args: [new HInt(1)], parameterTypes: ['I'] })

  test('are whole', async () => {
    const { value } = await call()
    assert.ok(value instanceof HList)
    assert.equal(value.items.length, 40_000)
  })

  test('may not be exceptions', async () => {
    model.handle(() => '{"predictions":["exception"]}')
    assert.match(
      (await call()).exception?.message ?? '',
      /ABOX_HOOK_EXCEPTION: \S+@[0-9a-f]{12}:\d+: method shaped: found \$exception of 2\d+ characters, expected at most 131072/
    )
  })
})
