import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AboxError } from '#core/errors'
import {
  createSandbox,
  putTensors,
  type Sandbox,
  type SandboxOptions,
  type SandboxProcess,
  takeTensors
} from '#lib/sandbox'
import { BOMBS, LOOPS, RESULTS } from './bad-calls.ts'
import { type BadCall, type BadSource, wrapped } from './bad-input.ts'
import { BAD_SOURCES, SOURCE_ESCAPES } from './bad-sources.ts'
import { ESCAPES } from './escapes.ts'
import { createTestProcess } from './with-process.ts'

type Create = (options: SandboxOptions) => Promise<Sandbox>

const HOOK = 'bad@1'
const LINE_OF_BAD = 2
/** A hook that others must not reach: it looks whether they did. */
const GOOD =
  'export const id = (x) => x; export const look = () => [typeof {}.polluted, typeof globalThis.polluted, udl.topK([1, 2], 1)]'
const UNTOUCHED = '["undefined","undefined",[1]]'

const HERE = 'in this process'
const THERE = 'in the sandbox process'

let sandboxes: SandboxProcess
/** One in each placement lives through all that is done beside it. */
const good = new Map<string, Sandbox>()

before(async () => {
  sandboxes = createTestProcess()
  good.set(HERE, await createSandbox({ name: 'good@1', source: GOOD }))
  good.set(THERE, await sandboxes.create({ name: 'good@1', source: GOOD }))
})

after(async () => {
  for (const sandbox of good.values()) sandbox.dispose()
  await sandboxes.close()
})

const PLACES: readonly (readonly [string, Create])[] = [
  [HERE, createSandbox],
  [THERE, (options) => sandboxes.create(options)]
]

for (const [place, create] of PLACES) {
  describe(`${place}, a hook`, () => {
    for (const bad of [...LOOPS, ...BOMBS, ...RESULTS, ...ESCAPES]) {
      const ends = bad.code === undefined ? 'does no harm' : 'fails its own call, with a code and its name'
      it(`with ${bad.name} ${ends}`, () => proveCall(bad, place, create))
    }
    for (const bad of [...BAD_SOURCES, ...SOURCE_ESCAPES]) {
      it(`with ${bad.name} is refused, with its name and the place`, () => proveSource(bad, place, create))
    }

    it('with samples that are no data says so when they are read, and answers calls', async () => {
      const source = `${wrapped('')}\nexport const samples = []; samples.push(samples)`
      const sandbox = await create({ name: HOOK, source })
      assert.throws(() => sandbox.readExport('samples'), { code: 'ABOX_HOOK_RESULT', message: /bad@1.*export samples/ })
      assert.equal(await sandbox.call('id', ['1']), '1')
      sandbox.dispose()
    })

    it('is asked for a function that it has not: the call fails, with its name', async () => {
      const sandbox = await create({ name: HOOK, source: wrapped('') })
      const calls = [sandbox.call('id', ['1']), sandbox.call('pre', []).catch((error: Error) => error.message)]
      assert.deepEqual(await Promise.all(calls), [
        '1',
        'ABOX_HOOK_MISSING: bad@1 exports no function pre, only bad, id'
      ])
      sandbox.dispose()
    })
  })
}

/** Calls before and after it, of the same sandbox and of another one, are answered; so are those that come later. */
async function proveCall(bad: BadCall, place: string, create: Create): Promise<void> {
  const { body, argument, timeoutMs = 10_000, memoryMb, maxOutputBytes } = bad
  const limits = {
    ...(memoryMb !== undefined && { memoryMb }),
    ...(maxOutputBytes !== undefined && { maxOutputBytes })
  }
  const sandbox = await create({ name: HOOK, source: wrapped(body), timeoutMs, ...limits })
  const other = good.get(place) as Sandbox
  assert.equal(sandbox.placeOf('bad'), `${HOOK}:${LINE_OF_BAD}`)
  const { text, tensors } =
    bad.tensors === true ? takeTensors(Buffer.from(argument ?? ''), 0) : { text: argument, tensors: [] }
  try {
    const around = [sandbox.call('id', ['1']), other.call('id', ['2'])]
    const called = sandbox.call('bad', text === undefined ? [] : [text])
    around.push(sandbox.call('id', ['3']), other.call('look', []))
    const [ended] = await Promise.allSettled([called, ...around])
    assert.deepEqual(await Promise.all(around), ['1', '2', '3', UNTOUCHED])
    if (ended.status === 'fulfilled' && bad.tensors === true && bad.code !== undefined) {
      // Found when the tensors are put in; the gateway adds where.
      assert.throws(() => putTensors(ended.value, tensors, 0), {
        code: `ABOX_HOOK_${bad.code}`,
        message: bad.says ?? /./
      })
    } else if (ended.status === 'fulfilled') {
      assert.equal(bad.code, undefined, `it was answered with ${ended.value}`)
      assert.equal(putTensors(ended.value, tensors, 0).toString(), bad.answer)
    } else proveError(bad, ended.reason as AboxError)
    assert.deepEqual(await Promise.all([sandbox.call('id', ['4']), other.call('look', [])]), ['4', UNTOUCHED])
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  } finally {
    sandbox.dispose()
  }
}

function proveError({ code, says = /./, line }: BadCall, error: AboxError): void {
  assert.equal(error.code, `ABOX_HOOK_${code}`, error.message)
  assert.equal(error.fault, code === 'TENSOR' ? 'us' : 'hook')
  // Where nothing in it has failed, it is the line of the function.
  assert.ok(code === 'TENSOR' || error.message.includes(`: ${HOOK}:${line ?? LINE_OF_BAD}:`), error.message)
  assert.match(error.message, /\bbad\(\)/)
  assert.match(error.message, says)
}

/** What a busy machine makes of it says nothing of the source: it is tried again. */
const NO_CPU = /^ABOX_HOOK_PROCESS: .* did not get \d+ ms of a CPU/

async function proveSource({ source, language = 'js', says }: BadSource, place: string, create: Create): Promise<void> {
  const other = good.get(place) as Sandbox
  const make = (): Promise<AboxError> =>
    create({ name: HOOK, source, language, startTimeoutMs: 100 }).then(
      (sandbox) => {
        sandbox.dispose()
        throw new Error('it was taken')
      },
      (error: AboxError) => (NO_CPU.test(error.message) ? make() : error)
    )
  const made = make()
  assert.equal(await other.call('look', []), UNTOUCHED)
  const { code, fault, message } = await made
  assert.deepEqual([code, fault], ['ABOX_HOOK_COMPILE', 'hook'], message)
  const begin = `ABOX_HOOK_COMPILE: ${HOOK}:`
  assert.ok(message.startsWith(begin), message)
  assert.match(message.slice(begin.length), says)
  const next = await create({
    name: 'next@1',
    source: `export const id = (x${language === 'ts' ? ': number' : ''}) => x`,
    language
  })
  assert.deepEqual(await Promise.all([next.call('id', ['1']), other.call('look', [])]), ['1', UNTOUCHED])
  next.dispose()
}
