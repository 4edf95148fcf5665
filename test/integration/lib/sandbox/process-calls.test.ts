import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { codeOf, withProcess } from './with-process.ts'

const SOURCE = `export const int64 = 'bigint'
export const samples = [{ a: 1.5, b: '中' }]
export const loop = () => 1
export const id = (x) => x
export const add = (a, b) => a + b
export const bad = () => {
  console.log('before', 1)
  throw new RangeError('no such item')
}
export const bare = () => { throw 'text' }
export const large = (n) => 'x'.repeat(n)
export const promise = () => ({ then() {} })
export const spin = () => { for (;;); }
export const circle = (() => { const a = {}; a.a = a; return a })()
`

/** What a call comes to, as far as its caller can see. */
async function outcome(sandbox: Sandbox, fn: string, args: readonly string[]): Promise<unknown> {
  return sandbox.call(fn, args).catch((error: Error & { code: string }) => ({
    code: error.code,
    // How long it was on the CPU is never the same.
    message: error.message.replace(/\(\d+ ms of them on the CPU\).*/, '(n ms of them on the CPU)'),
    cause: error.cause
  }))
}

describe('a sandbox in the sandbox process', () => {
  it('answers every kind of call as one in this process does', () =>
    withProcess(async (sandboxes) => {
      const options = { name: 'h@1', source: SOURCE, timeoutMs: 100, maxOutputBytes: 10_000 }
      const here = await createSandbox(options)
      const there = await sandboxes.create(options)
      assert.deepEqual([there.exports, there.values, there.int64], [here.exports, here.values, here.int64])
      assert.equal(there.readExport('samples'), here.readExport('samples'))
      assert.equal(there.readExport('none'), undefined)
      assert.throws(() => there.readExport('circle'), { code: 'ABOX_HOOK_RESULT' })
      for (const [fn, ...args] of [
        ['id', '{"a":[1,NaN,"中\\ud800 é"],"b":9007199254740993}'],
        ['add', '"a"', '"b"'],
        ['add', '1'],
        ['bad'],
        ['bare'],
        ['large', '9998'],
        ['large', '9999'],
        ['promise'],
        ['id', '{"not json'],
        ['none'],
        ['spin']
      ] as const) {
        assert.deepEqual(await outcome(there, fn, args), await outcome(here, fn, args), fn)
        assert.deepEqual(there.takeLogs(), here.takeLogs(), fn)
      }
      // A busy machine adds one: see `starved` in sandbox.ts.
      assert.ok(there.stats().faults >= 2 && here.stats().faults >= 2)
      assert.equal(there.stats().calls, here.stats().calls)
      here.dispose()
    }))

  it('carries megabytes both ways', () =>
    withProcess(async (sandboxes) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 5000 })
      for (const letter of ['x', '中']) {
        const text = JSON.stringify(letter.repeat(2_500_000))
        const answers = await Promise.all([1, 2, 3].map(() => sandbox.call('id', [text])))
        assert.ok(answers.every((answer) => answer === text))
      }
    }))

  it('refuses a source as one in this process does, with line and column', () =>
    withProcess(async (sandboxes) => {
      for (const source of ['export const a = ;', 'export const x = 1', 'throw new Error("top")', 'import "fs"']) {
        const here = await createSandbox({ name: 'h', source }).catch((error: Error) => error.message)
        const there = await sandboxes.create({ name: 'h', source }).catch((error: Error) => error.message)
        assert.equal(there, here)
      }
      assert.equal(sandboxes.stats().sandboxes, 0)
    }))

  it('refuses a source of many millions at once, and kills no child with it', () =>
    withProcess(async (sandboxes, deaths) => {
      const good = await sandboxes.create({ name: 'good', source: SOURCE, timeoutMs: 5000 })
      const source = `export const id = (x) => x; //${'\\n'.repeat(24_000_000)}`
      const error = await sandboxes.create({ name: 'h', source }).catch((thrown: Error) => thrown.message)
      assert.match(String(error), /^ABOX_HOOK_COMPILE: h: the source has 48000030 characters, at most 1048576/)
      assert.equal(await good.call('id', ['1']), '1')
      assert.equal(sandboxes.stats().sandboxes, 1)
      assert.deepEqual(deaths, [])
    }))

  it('keeps the state of its module from call to call, apart from other sandboxes', () =>
    withProcess(async (sandboxes) => {
      const source = 'let n = 0; export const next = () => ++n'
      const [a, b] = [await sandboxes.create({ name: 'a', source }), await sandboxes.create({ name: 'b', source })]
      assert.deepEqual(await Promise.all([a.call('next', []), a.call('next', []), b.call('next', [])]), ['1', '2', '1'])
    }))

  it('rejects the calls that wait when it is closed, and lets others go on', () =>
    withProcess(async (sandboxes) => {
      const [a, b] = [
        await sandboxes.create({ name: 'a', source: SOURCE }),
        await sandboxes.create({ name: 'b', source: SOURCE, timeoutMs: 5000 })
      ]
      const sent = a.call('spin', []).catch(codeOf)
      const other = b.call('id', ['1'])
      // The other one's answer says that the frame with both was read.
      assert.equal(await other, '1')
      const waiting = a.call('id', ['2']).catch(codeOf)
      a.dispose()
      assert.deepEqual([await sent, await waiting], ['ABOX_HOOK_DISPOSED', 'ABOX_HOOK_DISPOSED'])
      assert.equal(await a.call('id', ['1']).catch(codeOf), 'ABOX_HOOK_DISPOSED')
      assert.equal(await b.call('id', ['3']), '3')
      assert.deepEqual([sandboxes.stats().sandboxes, sandboxes.stats().inFlight], [1, 0])
    }))

  it('has a bound of 4096 calls of its own in flight, and those beyond make no other one busy', () =>
    withProcess(async (sandboxes) => {
      const sandbox = await sandboxes.create({ name: 'slow', source: SOURCE, timeoutMs: 5000 })
      const good = await sandboxes.create({ name: 'good', source: SOURCE, timeoutMs: 5000 })
      const calls = Array.from({ length: 5000 }, (_, i) => sandbox.call('id', [`${i}`]).catch(codeOf))
      assert.equal(sandboxes.stats().inFlight, 4096)
      const other = good.call('id', ['"good"'])
      const expected = Array.from({ length: 5000 }, (_, i) => (i < 4096 ? `${i}` : 'ABOX_HOOK_BUSY'))
      assert.deepEqual(await Promise.all(calls), expected)
      assert.equal(await other, '"good"')
      assert.equal(sandboxes.stats().inFlight, 0)
    }))

  it('refuses text beyond 16 million characters in flight, but of one call, and arguments beyond 32 million', () =>
    withProcess(async (sandboxes) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 5000 })
      const text = '1'.padEnd(33 * 1024 * 1024)
      assert.equal(await sandbox.call('id', [text]).catch(codeOf), 'ABOX_HOOK_INPUT')
      const half = '1'.padEnd(31 * 1024 * 1024)
      const calls = [half, half].map((each) => sandbox.call('loop', [each]).catch(codeOf))
      assert.deepEqual(await Promise.all(calls), ['1', 'ABOX_HOOK_BUSY'])
    }))
})
