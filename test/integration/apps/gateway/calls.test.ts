import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDate, HDoubles, type HessianValue, HInt, HLong, HMap } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { entriesOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'

const HOOK = `
export function pre (call) {
  if (call.args[0].userId === 'throw') throw new Error('no such user')
  return { body: { instances: [call.args[0].features], caller: call.caller, model: call.model, trace: call.attachments.traceid, token: call.attachments.token } }
}
export function post (reply, call) {
  if (call.args[0].userId === 'refuse') return { $exception: { class: 'com.example.rank.RankException', message: 'refused', fields: { code: 7, reason: 'policy' } } }
  return { requestId: call.args[0].userId, scores: reply.body.predictions[0], level: 'HIGH', cost: '1.10', at: 1700000000123, bigger: reply.body.big }
}
`

const TYPES = {
  'com.example.rank.Result': {
    fields: {
      requestId: 'long',
      scores: 'java.util.List<java.lang.Double>',
      level: 'com.example.rank.Level',
      cost: 'java.math.BigDecimal',
      at: 'java.util.Date',
      bigger: 'java.lang.Long'
    }
  },
  'com.example.rank.Level': { enum: ['LOW', 'HIGH'] },
  'com.example.rank.RankException': { exception: true, fields: { code: 'int', reason: 'java.lang.String' } }
}

const METHODS = [
  { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' },
  {
    name: 'rank',
    model: 'rank',
    hook: 'shape',
    returns: 'com.example.rank.Result',
    throws: ['com.example.rank.RankException']
  },
  { name: 'fire', model: 'rank', input: 'args', returns: 'void' },
  { name: 'total', modelFrom: 'args[0]', input: 'args[1]', returns: 'java.util.List<java.lang.Double>' },
  { name: 'over', parameters: ['int'], model: 'rank', input: 'args', returns: 'java.lang.Object', output: 'first' },
  {
    name: 'over',
    parameters: ['java.lang.String', 'int'],
    model: 'rank',
    input: 'args',
    returns: 'java.lang.Object',
    output: 'second'
  }
]

describe('a call through a gateway', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(({ body }) => {
      const { instances } = JSON.parse(body) as { instances: number[][] }
      return `{"predictions":[${JSON.stringify(instances[0])}],"first":"one","second":"two","big":9007199254740993}`
    })
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument(METHODS, TYPES),
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

  const call = (
    method: string,
    args: HessianValue[],
    parameterTypes: string[] = [],
    attachments: Record<string, string> = {}
  ) => gateway.client.call({ service: SERVICE, method, args, parameterTypes, attachments, generic: true })
  const doubles = (...values: number[]): HDoubles => new HDoubles(Float64Array.from(values))
  const request = (userId: HessianValue): HMap =>
    mapOf([
      ['userId', userId],
      ['features', doubles(1, 2.5)]
    ])

  test('without a hook the first argument goes to the model, and the answer is written by the declared type', async () => {
    const { value } = await call('score', [doubles(1, 2.5), new HMap()])
    assert.deepEqual(
      value,
      doubles(1, 2.5),
      'the JSON integer 1 comes back as a double, because List<Double> is declared'
    )
    assert.equal(model.bodies.at(-1), '{"instances":[[1.0,2.5]]}')
  })

  test('with a hook the request and the answer are the hook’s, and every leaf has its exact Java form', async () => {
    const { value } = await call('rank', [request(new HLong(9_007_199_254_740_993n))])
    assert.ok(value instanceof HMap)
    const fields = new Map(entriesOf(value))
    assert.deepEqual(fields.get('requestId'), new HLong(9_007_199_254_740_993n), 'an id above 2^53 survives the hook')
    assert.deepEqual(fields.get('bigger'), new HLong(9_007_199_254_740_993n), 'and so does one that the model sent')
    assert.deepEqual(fields.get('scores'), doubles(1, 2.5))
    assert.deepEqual(fields.get('level'), objectOf('com.example.rank.Level', [['name', 'HIGH']]))
    assert.deepEqual(fields.get('cost'), objectOf('java.math.BigDecimal', [['value', '1.10']]))
    assert.deepEqual(fields.get('at'), new HDate(1_700_000_000_123n))
  })

  test('the hook sees who calls, for which model, and the attachments, but no token', async () => {
    await call('rank', [request(new HInt(1))], [], { 'remote.application': 'shop', traceid: 't-1', token: 's3cret' })
    const sent = JSON.parse(model.bodies.at(-1) ?? '') as Record<string, unknown>
    assert.deepEqual([sent['caller'], sent['model'], sent['trace']], ['shop', 'rank', 't-1'])
    assert.equal(sent['token'], undefined)
  })

  test('an error that a hook throws becomes a Java exception that names hook, version and line', async () => {
    const { exception } = await call('rank', [request('throw')])
    assert.equal(exception?.className, 'java.lang.RuntimeException')
    assert.match(exception?.message ?? '', /ABOX_HOOK_THROW: .*shape@[0-9a-f]{12}.*no such user/)
    assert.match(exception?.message ?? '', /:3/, 'the line of the throw in the hook')
  })

  test('a hook can raise an exception that the method declares, with its fields', async () => {
    const { exception } = await call('rank', [request('refuse')])
    assert.equal(exception?.className, 'com.example.rank.RankException')
    assert.equal(exception?.message, 'refused')
    assert.deepEqual(exception?.fields.get('code'), new HInt(7))
  })

  test('a typed call with an inherited attachment generic=true gets that exception too, a generic one its name', async () => {
    const refused = (generic: boolean) =>
      gateway.client.call({
        service: SERVICE,
        method: 'rank',
        args: [request('refuse')],
        parameterTypes: generic ? [] : ['com.example.rank.Request'],
        attachments: { generic: 'true' },
        generic
      })
    assert.equal((await refused(false)).exception?.className, 'com.example.rank.RankException')
    assert.match((await refused(true)).exception?.className ?? '', /GenericException$/)
  })

  test('a void method is answered with null after the model has answered', async () => {
    const before = model.bodies.length
    const { value } = await call('fire', [doubles(3)])
    assert.equal(value, null)
    assert.equal(model.bodies.length, before + 1)
  })

  test('an argument may name the model, and an unknown one is told with what exists', async () => {
    const { value } = await call('total', ['rank', doubles(4)])
    assert.deepEqual(value, doubles(4))
    const { exception } = await call('total', ['other', doubles(4)])
    assert.match(exception?.message ?? '', /ABOX_NO_MODEL: args\[0\]: found "other", expected one of rank/)
  })

  test('overloads are told apart by their parameter types, and by their number when a caller gives none', async () => {
    assert.equal((await call('over', [new HInt(1)], ['int'])).value, 'one')
    assert.equal((await call('over', ['a', new HInt(1)], ['java.lang.String', 'int'])).value, 'two')
    assert.equal((await call('over', ['a', new HInt(1)])).value, 'two')
  })

  test('a typed call without $invoke is answered as well', async () => {
    const result = await gateway.client.call({
      service: SERVICE,
      method: 'score',
      parameterTypes: ['java.util.List', 'java.util.Map'],
      args: [doubles(1), new HMap()],
      generic: false
    })
    assert.deepEqual(result.value, doubles(1))
  })

  test('$echo answers its argument, also through $invoke', async () => {
    assert.equal((await call('$echo', ['ping'], ['java.lang.Object'])).value, 'ping')
  })

  test('a one-way call is done and answered by nothing, and the next call on the connection is right', async () => {
    const before = model.bodies.length
    await gateway.client.call({
      service: SERVICE,
      method: 'fire',
      args: [doubles(9)],
      parameterTypes: [],
      generic: true,
      oneWay: true
    })
    assert.deepEqual((await call('score', [doubles(7), new HMap()])).value, doubles(7))
    assert.ok(model.bodies.length >= before + 1)
  })

  test('a method that does not exist is answered with status 60 and what exists', async () => {
    await assert.rejects(call('nothing', []), /60.*ABOX_NO_ROUTE.*this service has score, rank, fire, total, over/)
  })

  test('the trace id goes back as an attachment', async () => {
    const { attachments } = await call('score', [doubles(1), new HMap()], [], { traceid: 'abc' })
    assert.equal(attachments.get('traceid'), 'abc')
  })
})
