import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIsolates, createSandbox, type Isolates } from '#lib/sandbox'
import { answers, withSandbox } from './with-sandbox.ts'

const ID = 'export const id = (x) => x;'
/** Short where the time-out is what is waited for; long enough that what ends by itself ends within it. */
const QUICK = { timeoutMs: 100 }

/** The body of a function that must be stopped, alone, while the calls before and after it in its batch are answered. */
async function stops(
  body: string,
  code: string,
  options: { memoryMb?: number; timeoutMs?: number } = QUICK
): Promise<void> {
  await withSandbox(
    `${ID} export function bad() { ${body} }`,
    async (sandbox) => {
      const results = await answers(sandbox.call('id', ['1']), sandbox.call('bad', []), sandbox.call('id', ['2']))
      assert.deepEqual(results, ['1', code, '2'])
      assert.equal(await sandbox.call('id', ['3']), '3')
    },
    options
  )
}

describe('sandbox stops', () => {
  it('an endless loop', () => stops('for (;;);', 'ABOX_HOOK_TIMEOUT'))

  it('an endless loop that catches everything', () =>
    stops('for (;;) try { for (;;); } catch {} finally { continue }', 'ABOX_HOOK_TIMEOUT'))

  it('a backtracking regular expression', () =>
    stops("return /^(a+)+$/.test('a'.repeat(50) + 'b')", 'ABOX_HOOK_TIMEOUT'))

  it('a looping toJSON, getter, proxy or then', async () => {
    await stops('return { toJSON() { for (;;); } }', 'ABOX_HOOK_TIMEOUT')
    await stops('return { get a() { for (;;); } }', 'ABOX_HOOK_TIMEOUT')
    await stops('return new Proxy({}, { ownKeys() { for (;;); } })', 'ABOX_HOOK_TIMEOUT')
    await stops('return { get then() { for (;;); } }', 'ABOX_HOOK_TIMEOUT')
  })

  it('an error whose message, name or stack is a looping getter', async () => {
    for (const property of ['message', 'name', 'stack']) {
      await stops(`throw { message: 1, get ${property}() { for (;;); } }`, 'ABOX_HOOK_TIMEOUT')
    }
    await stops('throw new Proxy({}, { get() { for (;;); } })', 'ABOX_HOOK_TIMEOUT')
  })

  it('a log argument that never ends', () => stops('console.log({ toJSON() { for (;;); } })', 'ABOX_HOOK_TIMEOUT'))

  it('small objects that fill the memory', () =>
    stops('let head = null; for (;;) head = { head, a: 1 }', 'ABOX_HOOK_MEMORY', { memoryMb: 16, timeoutMs: 10_000 }))

  it('array buffers that fill the memory', () =>
    stops('const all = []; for (;;) all.push(new ArrayBuffer(1 << 20))', 'ABOX_HOOK_MEMORY', { timeoutMs: 10_000 }))

  it('deep recursion', () =>
    stops('return (function f() { return f() + 1 })()', 'ABOX_HOOK_THROW', { timeoutMs: 5000 }))

  it('each of several culprits of one batch, and only them', async () => {
    await withSandbox(
      `${ID} export function spin() { for (;;); }`,
      async (sandbox) => {
        const calls = [...Array(10).keys()].map((i) =>
          i % 4 === 1 ? sandbox.call('spin', []) : sandbox.call('id', [`${i}`])
        )
        const expected = [...Array(10).keys()].map((i) => (i % 4 === 1 ? 'ABOX_HOOK_TIMEOUT' : `${i}`))
        assert.deepEqual(await answers(...calls), expected)
      },
      QUICK
    )
  })

  it('and starts from the source again, so that nothing half done is left', async () => {
    const source = 'let state = 0; export function set() { state = 1; for (;;); } export const get = () => state'
    await withSandbox(
      source,
      async (sandbox) => {
        assert.deepEqual(await answers(sandbox.call('set', [])), ['ABOX_HOOK_TIMEOUT'])
        assert.equal(await sandbox.call('get', []), '0')
        assert.ok(sandbox.stats().faults >= 2)
      },
      QUICK
    )
  })

  it('says which function was stopped after how long', async () => {
    await withSandbox(
      'export function spin() { for (;;); }',
      async (sandbox) => {
        await assert.rejects(sandbox.call('spin', []), {
          fault: 'hook',
          message: /ABOX_HOOK_TIMEOUT: hook:1: spin\(\) was stopped after 100 ms \(\d+ ms of them on the CPU\)/
        })
      },
      QUICK
    )
  })

  it('no call that merely comes when earlier ones have filled the memory', async () => {
    const source =
      'let kept = null; export function keep() { for (let i = 0; i < 50_000; i++) kept = { kept, i }; return 1 }'
    await withSandbox(
      source,
      async (sandbox) => {
        for (let i = 0; i < 40; i++) assert.equal(await sandbox.call('keep', []), '1')
        assert.ok(sandbox.stats().faults > 0, 'the memory was never full')
      },
      { memoryMb: 16, timeoutMs: 10_000 }
    )
  })

  it('and does not start again before there is a call', async () => {
    const isolates = await createIsolates()
    let made = 0
    const counting: Isolates = {
      ...isolates,
      make(memoryMb) {
        made++
        return isolates.make(memoryMb)
      }
    }
    await withSandbox(
      `${ID} export function spin() { for (;;); }`,
      async (sandbox) => {
        made = 0
        await assert.rejects(sandbox.call('spin', []), { code: 'ABOX_HOOK_TIMEOUT' })
        const { faults } = sandbox.stats()
        assert.equal(made, faults - 1, 'one after each fault but the last, to run the call alone')
        assert.equal(await sandbox.call('id', ['1']), '1')
        assert.equal(made, faults)
      },
      { ...QUICK, isolates: counting }
    ).finally(() => isolates.close())
  })

  it('when disposed while it starts again, without a trace', async () => {
    const sandbox = await createSandbox({
      name: 'hook',
      timeoutMs: 20,
      source: `${ID} export function spin() { for (;;); }`
    })
    const spin = answers(sandbox.call('spin', []))
    assert.deepEqual(await spin, ['ABOX_HOOK_TIMEOUT'])
    const waiting = answers(sandbox.call('id', ['1']))
    sandbox.dispose()
    assert.deepEqual(await waiting, ['ABOX_HOOK_DISPOSED'])
  })
})
