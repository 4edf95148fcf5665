import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HDouble, HList } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const LOOP = 1
const LARGE = 2
/** Only version b loops, and before the model is asked. */
const LOOP_B = 3

/** A hook that goes beyond its limits when it is told to. */
const hook = (name: string): string => `
export function pre(call) {
  if (call.args[0][0] === ${LOOP_B} && '${name}' === 'b') for (;;);
  return { body: { instances: [call.args[0]] } }
}
export function post(reply, call) {
  if (call.args[0][0] === ${LOOP}) for (;;);
  if (call.args[0][0] === ${LARGE}) return 'x'.repeat(9_000_000)
  return '${name}'
}`

describe('a version of a hook in a gateway', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  let generation = 1
  const documents = (...files: readonly string[]): object[] => [
    serviceDocument([{ name: 'rank', model: 'rank', hook: 'shape', returns: 'java.lang.String' }], {}, generation),
    modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
    {
      kind: 'Hook',
      name: 'shape',
      versions: files.map((file) => ({ file, weight: 1_000_000 / files.length })),
      generation
    }
  ]
  before(async () => {
    model = await startModelServer(() => '{"predictions":[[1]]}')
  })
  after(() => model.close())

  const start = async (hooks: object): Promise<void> => {
    const files = { 'a.js': hook('a'), 'b.js': hook('b'), 'c.js': hook('c') }
    gateway = await startEmbeddedGateway({ documents: documents('a.js'), files, config: { hooks }, timeoutMs: 40_000 })
  }
  const publish = async (...files: readonly string[]): Promise<void> => {
    generation++
    await gateway.publish(documents(...files))
    await until('the document to be applied', () => gateway.instance.state().applied['hooks/shape'] === generation)
  }
  /** What the hook answered, or the code of the exception. */
  const call = async (feature = 0): Promise<string> => {
    const args = [new HList([new HDouble(feature)])]
    const { value, exception } = await gateway.client.call({
      service: SERVICE,
      method: 'rank',
      args,
      parameterTypes: [],
      generic: true
    })
    return exception === undefined ? String(value) : (/ABOX_\w+/.exec(exception.message ?? '')?.[0] ?? '')
  }
  const placements = (): Record<string, string> =>
    Object.fromEntries(gateway.instance.state().hooks.map(({ version, placement }) => [version, placement]))
  const metric = async (name: string, labels = ''): Promise<number> => {
    const lines = (await gateway.instance.metricsText()).split('\n')
    const found = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
  const strikes = (): Promise<number> => metric('abox_hook_strikes_total')
  /** Has it loop until that is so many strikes: on a busy machine a loop may get too little of the CPU to be one. */
  const loopUntil = async (wanted: number): Promise<void> => {
    while ((await strikes()) < wanted) assert.equal(await call(LOOP), 'ABOX_HOOK_TIMEOUT')
  }
  const placed = (place: string): Promise<void> =>
    until(`the version to be in the ${place}`, () => Object.values(placements()).every((each) => each === place))

  test('is promoted while calls flow, demoted at its first violation, and no other call fails', async () => {
    await start({ promoteAfterCalls: 20, promoteAfterMs: 0, strikes: 10, timeoutMs: 100 })
    try {
      const answers = new Set<string>()
      const calls: Promise<unknown>[] = []
      for (let i = 0; i < 200; i++) {
        calls.push(call().then((answer) => answers.add(answer)))
        if (i % 10 === 0) await calls.at(-1)
      }
      await Promise.all(calls)
      assert.deepEqual([...answers], ['a'])
      await placed('instance')
      assert.equal(await metric('abox_hook_placement', 'placement="instance"'), 1)
      assert.equal(await metric('abox_hook_placement', 'placement="sandbox"'), 0)
      const beside = [call(), call(LOOP), call(), call()]
      assert.deepEqual(await Promise.all(beside), ['a', 'ABOX_HOOK_TIMEOUT', 'a', 'a'])
      await loopUntil(1)
      await placed('sandbox')
      assert.equal(await strikes(), 1)
      for (let i = 0; i < 20; i++) assert.equal(await call(), 'a')
      await placed('instance')
      assert.equal(await call(LARGE), 'ABOX_HOOK_RESULT')
      await placed('sandbox')
    } finally {
      await gateway.close()
    }
  })

  for (const placement of ['instance', 'sandbox']) {
    test(`is disabled after three strikes in the ${placement}; the one before answers, and a record says so`, async () => {
      await start({ placement })
      try {
        assert.equal(await call(), 'a')
        await publish('b.js')
        await placed(placement)
        assert.equal(await call(), 'b')
        await loopUntil(2)
        assert.equal(await call(), 'b')
        await loopUntil(3)
        assert.equal(await call(), 'a')
        const named = (await gateway.records()).map((record) => record.hook)
        assert.equal(named.at(-1), named[0])
        const disabled = gateway.instance.state().hooks.filter((each) => each.disabled !== undefined)
        assert.match(disabled[0]?.disabled?.why ?? '', /^3 violations within 60000 ms, the last: ABOX_HOOK_TIMEOUT/)
        assert.equal(await metric('abox_hook_disabled'), 1)
        assert.equal(await metric('abox_hook_stood_in_total'), 1)
        await publish('b.js')
        assert.equal(await call(), 'a', 'the same digest again')
        const { hook: name, digest } = disabled[0] as { hook: string; digest: string }
        gateway.instance.changeHook({ kind: 'enable', key: `${name}@${digest}`, reason: 'looked into it' })
        assert.equal(await call(), 'b')
      } finally {
        await gateway.close()
      }
    })
  }

  for (const placement of ['instance', 'sandbox']) {
    test(`that is disabled in the ${placement} gives the calls that wait for its pre to another one, which their records name`, async () => {
      await start({ placement })
      try {
        assert.equal(await call(), 'a')
        await publish('b.js')
        await placed(placement)
        const answers: string[] = []
        while (!answers.includes('a')) {
          answers.push(...(await Promise.all(Array.from({ length: 40 }, () => call(LOOP_B)))))
        }
        assert.deepEqual(new Set(answers), new Set(['ABOX_HOOK_TIMEOUT', 'a']))
        const records = await gateway.records()
        const a = records[0]?.hook
        const named = records.slice(1).filter((record) => record.hook === a)
        assert.equal(named.length, answers.filter((answer) => answer === 'a').length)
      } finally {
        await gateway.close()
      }
    })
  }

  test('that is disabled leaves the exact part of the others as it is', async () => {
    await start({ placement: 'sandbox' })
    try {
      await publish('b.js', 'c.js')
      // Each caller's calls are divided in turn: only those of one version loop.
      while ((await strikes()) < 3) {
        const next = await call()
        if (next === 'b') {
          assert.equal(await call(), 'c')
          assert.equal(await call(LOOP), 'ABOX_HOOK_TIMEOUT')
          assert.equal(await call(), 'c')
        }
      }
      const answers = new Set<string>()
      for (let i = 0; i < 20; i++) answers.add(await call())
      assert.deepEqual([...answers], ['c'])
      const stoodIn = gateway.instance.state().hooks.map((each) => each.stoodIn)
      assert.deepEqual(
        stoodIn.filter((count) => count > 0),
        [10]
      )
    } finally {
      await gateway.close()
    }
  })
})
