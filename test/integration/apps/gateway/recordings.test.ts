import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createChecker } from '#contracts/check'
import { contractErrors } from '#contracts/errors'
import { RecordedCall } from '#contracts/recorded-call'
import { HDoubles, type HessianValue, HInt, HLong } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { mapOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'

const HOOK = `
export const int64 = 'bigint'
export function pre (call) {
  if (call.args[0].userId === 'throw') throw new Error('no such user')
  return { body: { instances: [call.args[0].features], user: call.args[0].userId } }
}
export function post (reply, call) {
  return { user: call.args[0].userId, scores: reply.body.predictions[0], phone: '13800000000', none: NaN }
}
`
const ALL = { ppm: 1_000_000 }
const METHODS = [
  { name: 'rank', model: 'rank', hook: 'shape', record: { ...ALL, mask: ['**.phone'] } },
  { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', record: ALL },
  { name: 'tenth', model: 'rank', input: 'args[0]', record: { ppm: 100_000 } },
  { name: 'never', model: 'rank', input: 'args[0]' }
]
const checker = createChecker(RecordedCall, contractErrors.ABOX_DOCUMENT_INVALID)

describe('recorded calls', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  let seen = 0

  before(async () => {
    // A model may write line ends between its tokens.
    model = await startModelServer(({ body }) => {
      const { instances } = JSON.parse(body) as { instances: number[][] }
      return `{\n  "predictions": [\r\n${JSON.stringify(instances[0])}, NaN ], "phone": "13800000001", "text": "a\\nb" }\n`
    })
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument(METHODS),
        modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
        { kind: 'Hook', name: 'shape', versions: [{ file: 'shape.js' }] }
      ],
      files: { 'shape.js': HOOK },
      config: { recordings: { dir: 'recordings', mask: ['args[*].card', 'attachments.device'], maxCallBytes: 4096 } }
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })
  beforeEach(async () => {
    seen = (await lines()).length
  })

  const lines = async (): Promise<string[]> => {
    await gateway.instance.flush()
    const folder = join(gateway.folder, 'recordings')
    const names = await readdir(folder).catch(() => [])
    const texts = await Promise.all(
      names.sort((a, b) => (a < b ? -1 : 1)).map((name) => readFile(join(folder, name), 'utf8'))
    )
    return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
  }
  const recorded = async (): Promise<string[]> => (await lines()).slice(seen)
  const call = (method: string, args: HessianValue[], attachments: Record<string, string> = {}) =>
    gateway.client.call({ service: SERVICE, method, args, parameterTypes: [], attachments, generic: true })
  const doubles = (...values: number[]): HDoubles => new HDoubles(Float64Array.from(values))
  const request = (userId: HessianValue): HessianValue =>
    mapOf([
      ['userId', userId],
      ['card', '6222000000000000'],
      ['features', doubles(1, 2.5)]
    ])
  const metric = async (name: string): Promise<number> => {
    const text = await gateway.instance.metricsText()
    const line = text.split('\n').find((each) => each.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }

  test('a call through a hook is kept as pre and post saw it, with request, reply and result, exact and on one line', async () => {
    await call('rank', [request(new HLong(9_007_199_254_740_993n))])
    const [line = '', ...others] = await recorded()
    assert.equal(others.length, 0)
    assert.match(
      line,
      /^\{"v":1,"ts":\d+,"service":"com\.example\.rank\.RankService","method":"rank","hook":"shape@[0-9a-f]{12}",/
    )
    assert.match(line, /"userId":"?9007199254740993/)
    assert.match(line, /"request":\{"instances":\[\[1,2\.5\]\],"user":9007199254740993\}/)
    assert.match(line, /"reply":\{"status":200,"body":\{"predictions":\[\[1,2\.5\],NaN\]/)
    assert.match(line, /"result":\{"user":9007199254740993,"scores":\[1,2\.5\],/)
    assert.match(line, /"text":"a\\nb"/)
    assert.doesNotThrow(() => checker.check(JSON.parse(line.replaceAll(/\bNaN\b/g, 'null')) as object, 'line'))
  })

  test('what rules of configuration and document name is masked wherever they say, and counted', async () => {
    await call('rank', [request(new HInt(1))], { device: 'my-phone' })
    const [line = ''] = await recorded()
    assert.match(line, /"card":"\*\*\*"/)
    assert.match(line, /"device":"\*\*\*"/)
    assert.equal(line.match(/"phone": ?"\*\*\*"/g)?.length, 2, 'in the reply and in the result')
    assert.match(line, /,"masked":4\}$/)
    for (const secret of ['6222', '13800', 'my-phone']) assert.ok(!line.includes(secret))
  })

  test('attachments that are secrets by their name are never written, the token not even by name', async () => {
    const secrets = {
      token: 's3cret',
      Authorization: 's3cret',
      'x-api-key': 's3cret',
      'db.password': 's3cret',
      traceid: 't'
    }
    await call('score', [doubles(1)], secrets)
    const [line = ''] = await recorded()
    assert.ok(!line.includes('s3cret') && !line.includes('"token"'))
    assert.match(line, /"Authorization":"\*\*\*"/)
    assert.match(line, /"traceid":"t"/)
  })

  test('a call without a hook has the same shape, its result being what the route takes out of the reply', async () => {
    await call('score', [doubles(1, 2.5), 'x'])
    const [line = ''] = await recorded()
    assert.doesNotMatch(line, /"hook"/)
    assert.match(line, /"args":\[\[1\.0,2\.5\],"x"\]/)
    assert.match(line, /"request":\{"instances":\[\[1\.0,2\.5\]\]\}/)
    assert.match(line, /"body":\{ +"predictions": \[ +\[1,2\.5\], NaN \]/, 'the line ends of the model are blanks')
    assert.match(line, /"result":\[1,2\.5\]\}$/)
  })

  test('a call whose hook failed is kept with the code, and with what there was by then', async () => {
    await call('rank', [request('throw')])
    const [line = ''] = await recorded()
    assert.match(line, /"error":"ABOX_HOOK_THROW"/)
    assert.doesNotMatch(line, /"request"|"reply"|"result"/)
  })

  test('parts per million are kept exactly, and a method of which nothing is said is not recorded', async () => {
    for (let i = 0; i < 50; i++) await call('tenth', [doubles(1)])
    for (let i = 0; i < 5; i++) await call('never', [doubles(1)])
    assert.equal((await recorded()).length, 5)
  })

  test('a call that holds more than it may is dropped and counted, and the metrics say how many were kept', async () => {
    const kept = await metric('abox_recordings_total')
    const dropped = await metric('abox_recordings_dropped_total{reason="size"')
    await call('score', [doubles(1), 'x'.repeat(5000)])
    await call('score', [doubles(...Array.from({ length: 400 }, (_, i) => 1 / (i + 3)))])
    await call('score', [doubles(1)])
    assert.equal((await recorded()).length, 1)
    assert.equal(await metric('abox_recordings_total'), kept + 1)
    assert.equal(await metric('abox_recordings_dropped_total{reason="size"'), dropped + 2)
  })

  test('of a flood no more wait than may, and what is too much is dropped and counted', async () => {
    const dropped = await metric('abox_recordings_dropped_total{reason="queue"')
    await Promise.all(Array.from({ length: 400 }, () => call('score', [doubles(1)])))
    const written = (await recorded()).length
    assert.equal(written + (await metric('abox_recordings_dropped_total{reason="queue"')) - dropped, 400)
    assert.ok(written >= 256)
  })
})
