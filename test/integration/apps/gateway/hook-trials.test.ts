import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { HDouble, HList } from '#lib/hessian2'
import { createHookTrials, type HookTrials } from '../../../../src/apps/gateway/hooks/trial.ts'
import { modelDocument, SERVICE, serviceDocument, startEmbeddedGateway } from '../../../harness/embedded-gateway.ts'
import { startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'
import { isGone, startChild } from '../../lib/sandbox/with-process.ts'

/** Of the pipe between the two processes. */
const CHANNEL_FD = 3
/** V8 stops it neither for its time nor for its memory. */
const BOMB = 'const all = []; for (;;) all.push(new Array(1000).fill(0));'
/** Each level doubles the time that its types take. */
const SLOW_TYPES = `export const pre = (a: any) => ${'a < (b<(c = '.repeat(30)}1${')>(1))'.repeat(30)}`
const GOOD = 'export const samples = [{ call: 1 }]; export const pre = (x) => ({ body: x })'

describe('the trial of a hook version', () => {
  let trials: HookTrials
  let pids: number[]
  let started: (child: ChildProcess) => void
  const create = (withinMs?: number): HookTrials =>
    createHookTrials({
      memoryMb: 16,
      timeoutMs: 100,
      ...(withinMs !== undefined && { withinMs }),
      start: () => {
        const child = startChild()
        pids.push(child.pid as number)
        started(child)
        return child
      }
    })
  beforeEach(() => {
    pids = []
    started = () => {}
    trials = create()
  })
  afterEach(async () => {
    await trials.close()
    assert.ok(pids.every(isGone), 'no process is left')
  })
  const run = (code: string, language: 'js' | 'ts' = 'js', its = trials): Promise<void> => {
    const key = `rank@sha256:${createHash('sha256').update(code).digest('hex')}`
    return its.run(key, { code, language })
  }

  test('is passed by one that can be built and whose samples run, whatever they give', async () => {
    await run(GOOD)
    await run('export const samples = [{ call: 1 }]; export const pre = () => { throw new Error("no") }')
  })

  test('refuses top-level code that nothing stops, with hook and version, and ends the process', async () => {
    await assert.rejects(run(`export const pre = () => 1\n${BOMB}`), (error: Error) => {
      assert.match(
        error.message,
        /^ABOX_HOOK_CRASH: rank@[0-9a-f]{12}: its top-level code ended the process of its trial/
      )
      return true
    })
    assert.ok(pids.every(isGone))
  })

  test('refuses a sample that nothing stops, with its line', async () => {
    const code = `export const samples = [{ call: 1 }, { call: 2 }]\nexport const pre = (x) => {\n  if (x === 2) { ${BOMB} }\n}`
    await assert.rejects(run(code), /^AboxError: ABOX_HOOK_CRASH: rank@[0-9a-f]{12}:2: its sample 2 ended the process/)
  })

  test('refuses a sample that goes beyond a limit', async () => {
    await assert.rejects(
      run('export const samples = [{ call: 1 }]; export const pre = () => { for (;;); }'),
      /ABOX_HOOK_TIMEOUT: rank@[0-9a-f]{12}:1: pre\(\)/
    )
  })

  test('convicts only the one that was building; those that wait go on in a new process', async () => {
    const ends = await Promise.allSettled([
      run(GOOD),
      run(`export const pre = () => 1; ${BOMB}`),
      run(`${GOOD}//`),
      run('x(')
    ])
    assert.deepEqual(
      ends.map((end) => (end.status === 'fulfilled' ? 'passed' : (end.reason as { code: string }).code)),
      ['passed', 'ABOX_HOOK_CRASH', 'passed', 'ABOX_HOOK_COMPILE']
    )
    assert.equal(pids.length, 2)
  })

  test('refuses those that wait when it is closed', async () => {
    const ends = Promise.allSettled([run(`export const pre = () => 1; ${BOMB}`), run(GOOD)])
    await trials.close()
    for (const end of await ends) assert.equal(end.status, 'rejected')
  })

  test('stops the erasing of types when it is closed', async () => {
    const processes = (): number => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
    // The handle of a process that has ended is closed in a later turn.
    await until('those of other tests to be closed', () => processes() === 0)
    const end = assert.rejects(run(SLOW_TYPES, 'ts'), { code: 'ABOX_HOOK_DISPOSED' })
    await until('the erasing to begin', () => processes() > 0)
    await trials.close()
    await end
  })

  test('stops the erasing of types at its time limit, and says that it was that', async () => {
    const short = create(1)
    await assert.rejects(
      run(SLOW_TYPES, 'ts', short),
      /^AboxError: ABOX_HOOK_PROCESS: rank@[0-9a-f]{12}: the erasing of its types was not over after 1 ms of its trial/
    )
    await short.close()
  })

  test('convicts nobody of a SIGKILL from elsewhere, and tries the version once more', async () => {
    // Once the process serves, it is killed whatever it does.
    started = (child) => {
      started = () => {}
      child.stdio[CHANNEL_FD]?.once('data', () => child.kill('SIGKILL'))
    }
    await run(GOOD)
    assert.equal(pids.length, 2)
  })
})

describe('a gateway that is given a hook version which nothing stops', () => {
  const hook = (answer: string, more = ''): string =>
    `export const samples = [{ call: {}, reply: {} }]\nexport const post = () => '${answer}'\n${more}`
  const FILES = {
    'good.js': hook('good'),
    'next.js': hook('next'),
    'top.js': hook('top', BOMB),
    'sample.js': `export const samples = [{ call: {} }]\nexport const pre = (call) => {\n  if (call.at === undefined) { ${BOMB} }\n}`
  }
  for (const placement of ['instance', 'auto', 'sandbox']) {
    test(`refuses it, answers calls meanwhile, and applies what is published next (${placement})`, async () => {
      const model = await startModelServer(() => '{"predictions":[[1]]}')
      let generation = 0
      const documents = (file: string): object[] => [
        serviceDocument([{ name: 'rank', model: 'rank', hook: 'shape', returns: 'java.lang.String' }]),
        modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
        { kind: 'Hook', name: 'shape', versions: [{ file }], generation: ++generation }
      ]
      const gateway = await startEmbeddedGateway({
        documents: documents('good.js'),
        files: FILES,
        config: { hooks: { placement } }
      })
      const call = async (): Promise<unknown> => {
        const args = [new HList([new HDouble(1)])]
        const { value } = await gateway.client.call({
          service: SERVICE,
          method: 'rank',
          args,
          parameterTypes: [],
          generic: true
        })
        return value
      }
      try {
        for (const file of ['top.js', 'sample.js']) {
          await gateway.publish(documents(file))
          let calls = 0
          await until(`${file} to be refused`, async () => {
            assert.equal(await call(), 'good')
            calls++
            return gateway.instance.state().refused['hooks/shape']?.includes('ABOX_HOOK_CRASH') === true
          })
          assert.ok(calls > 1)
          await gateway.publish(documents('good.js'))
          await until('the good one again', () => gateway.instance.state().applied['hooks/shape'] === generation)
        }
        await gateway.publish(documents('next.js'))
        await until('the next one', async () => (await call()) === 'next')
      } finally {
        await gateway.close()
        await model.close()
      }
    })
  }
})
