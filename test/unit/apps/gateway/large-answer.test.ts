import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DubboRequest, decodeInvocation, type Invocation } from '#lib/dubbo'
import { createAnswers } from '../../../../src/apps/gateway/answers.ts'
import { Call } from '../../../../src/apps/gateway/call.ts'
import { compileModel, compileService } from '../../../../src/apps/gateway/documents/compile.ts'
import { checkLargeAnswer } from '../../../../src/apps/gateway/large-answer.ts'
import type { Route, VariantTarget } from '../../../../src/apps/gateway/routing-table.ts'
import type { Slices } from '../../../../src/apps/gateway/turns.ts'
import { body } from '../../lib/dubbo/bodies.ts'

const model = compileModel({
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'a', cluster: 'c', protocol: 'tensorflow', endpoints: ['http://127.0.0.1:1'], path: '/x' }]
})
const variant = model.variants[0] as VariantTarget
const BEAN = 'a.Item'

function routeOf(returns: string): Route {
  const { methods } = compileService(
    {
      kind: 'Service',
      interface: 'a.B',
      methods: [{ name: 'score', model: 'rank', returns }],
      types: { [BEAN]: { fields: { id: 'long', score: 'double' } } }
    },
    { models: new Map([['rank', model]]), hooks: new Map(), timeoutMs: 50 }
  )
  return methods.get('score')?.[0] as Route
}

const invocation: Invocation = decodeInvocation(body({}))
const request: Partial<DubboRequest> = {
  requestId: Buffer.from('0102030405060708', 'hex'),
  connection: { remoteAddress: 'x' } as DubboRequest['connection']
}

/** The result, and in how many slices it was made. */
function inSlices<T>(slices: Slices<T>): [T, number] {
  for (let count = 1; ; count++) {
    const { done, value } = slices.next()
    if (done === true) return [value, count]
  }
}

const item = (id: number): string => `{"id":${id},"score":${id / 8}}`
const items = Array.from({ length: 10_000 }, (_, id) => item(id)).join()
const CASES: readonly [returns: string, result: string][] = [
  [`java.util.List<${BEAN}>`, `[${items}]`],
  ['java.lang.Object', `{"a":[${items}],"b":"${'text '.repeat(40_000)}"}`],
  ['double[]', `[${'0.25,'.repeat(50_000)}1]`],
  ['java.lang.String', `"${'中\\n'.repeat(50_000)}"`],
  ['void', `[${'0.25,'.repeat(50_000)}1]`]
]

describe('a large answer', () => {
  for (const [returns, result] of CASES) {
    it(`becomes the same frame in slices as at once: ${returns}`, () => {
      const call = new Call(request as DubboRequest, 0, 0)
      const route = routeOf(returns)
      const answers = createAnswers()
      const answer = Buffer.from(`{"predictions":[${result}],"rest":[1,2]}`)
      const [outline, checks] = inSlices(
        checkLargeAnswer('tensorflow', {
          ...{ status: 200, contentType: 'application/json', body: answer },
          ...{ attempts: 1, reused: false, retryAfterMs: undefined, release: () => {} }
        })
      )
      const small = answers.fromModel(call, invocation, route, variant, answer)
      const slices = answers.fromLargeModel(call, invocation, route, variant, outline)
      // A small answer that is written between two slices must not meet the large one.
      const first = slices.next()
      if (first.done !== true)
        answers.fromModel(call, invocation, routeOf('double[]'), variant, Buffer.from('{"predictions":[[1]]}'))
      const [frame, writes] = first.done === true ? [first.value, 0] : inSlices(slices)
      assert.ok(frame.equals(small))
      assert.ok(checks > 20)
      if (returns !== 'void') assert.ok(writes > 10, `${writes} slices`)
    })

    it(`that a hook returns becomes the same frame: ${returns}`, () => {
      const call = new Call(request as DubboRequest, 0, 0)
      const route = routeOf(returns)
      const answers = createAnswers()
      const [frame] = inSlices(answers.fromLargeHook(call, invocation, route, result))
      assert.ok(frame.equals(answers.fromHook(call, invocation, route, result)))
    })
  }

  it('may not be longer than bodies are', () => {
    const call = new Call(request as DubboRequest, 0, 0)
    const answers = createAnswers(100_000)
    const route = routeOf('java.lang.Object')
    const text = `[${'[],'.repeat(50_000)}[]]`
    const error = { code: 'ABOX_ANSWER_TOO_LARGE' }
    assert.throws(() => inSlices(answers.fromLargeHook(call, invocation, route, text)), error)
    assert.throws(() => answers.fromHook(call, invocation, route, text), error)
  })
})
