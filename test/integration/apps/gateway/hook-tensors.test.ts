import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HDoubles, type HessianValue, HList, HMap } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument, startEmbeddedGateway } from '../../../harness/embedded-gateway.ts'
import { entriesOf } from '../../../harness/hessian-values.ts'
import { startModelServer } from '../../../harness/model-server.ts'

/** Digits that no JavaScript prints: who answers them has not read them. */
const SCORES = `[${Array.from({ length: 400 }, (_, i) => `${i}.0e0`).join(',')}]`
const FEATURES = Float64Array.from({ length: 400 }, (_, i) => i / 8)

const FILES = {
  'hands-on.js': `
    export const pre = (call) => ({ body: { instances: [call.args[0]], user: call.args[1] } })
    export const post = (reply, call) => ({ scores: reply.body.predictions[0], mine: call.args[0], at: call.at > 0 })`,
  'looks.js': `
    export const pre = (call) => ({ body: { instances: [call.args[0].map((x) => x * 2)] } })
    export const post = (reply) => ({ best: udl.topK(reply.body.predictions[0], 1) })`
}

describe('long lists of numbers and hooks', () => {
  for (const placement of ['instance', 'sandbox']) {
    test(`arrive at the model and at the caller whether a hook in the ${placement} looks into them or not`, async () => {
      const asked: string[] = []
      const model = await startModelServer(({ body }) => {
        asked.push(body)
        return `{"predictions":[${SCORES}]}`
      })
      const method = { model: 'rank', returns: 'java.lang.Object' }
      const gateway = await startEmbeddedGateway({
        documents: [
          serviceDocument([
            { name: 'handsOn', hook: 'hands-on', ...method },
            { name: 'looks', hook: 'looks', ...method }
          ]),
          modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
          { kind: 'Hook', name: 'hands-on', versions: [{ file: 'hands-on.js' }] },
          { kind: 'Hook', name: 'looks', versions: [{ file: 'looks.js' }] }
        ],
        files: FILES,
        config: { hooks: { placement } }
      })
      const call = async (name: string): Promise<ReadonlyMap<string, HessianValue>> => {
        const args = [new HDoubles(FEATURES), 'ann']
        const { value } = await gateway.client.call({
          service: SERVICE,
          method: name,
          args,
          parameterTypes: [],
          generic: true
        })
        assert.ok(value instanceof HMap)
        return new Map(entriesOf(value) as [string, HessianValue][])
      }
      try {
        for (let i = 0; i < 3; i++) {
          const handed = await call('handsOn')
          assert.ok(handed.get('scores') instanceof HList || handed.get('scores') instanceof HDoubles)
          assert.equal(handed.get('at'), true)
          assert.deepEqual(JSON.parse(asked.at(-1) ?? ''), { instances: [[...FEATURES]], user: 'ann' })
          const looked = await call('looks')
          assert.match(JSON.stringify(looked.get('best')), /399/)
          assert.deepEqual(JSON.parse(asked.at(-1) ?? ''), { instances: [[...FEATURES].map((x) => x * 2)] })
        }
        const calls = new Map(gateway.instance.state().hooks.map((each) => [each.hook, each.calls]))
        assert.deepEqual([calls.get('hands-on'), calls.get('looks')], [6, 6])
        assert.equal((await gateway.records()).filter(({ outcome }) => outcome === 'ok').length, 6)
      } finally {
        await gateway.close()
        await model.close()
      }
    })
  }
})
