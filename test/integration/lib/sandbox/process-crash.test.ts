import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codeOf, withProcess } from './with-process.ts'

const ID = 'export const id = (x) => x;'
/** Nothing in V8 looks at a limit while this runs, and it needs no memory. */
const SPIN = 'const all = []; all.length = 4e9; return all.indexOf(1)'
/** So that a busy machine stops none of the others. */
const MORE = { timeoutMs: 250 }

describe('a call that kills the sandbox process', () => {
  for (const [name, body] of [
    ['fills a huge array', 'return new Array(2e8).fill(0).length'],
    ['fills a Map without end', 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i })'],
    ['writes a huge BigInt as text', 'return String(2n ** 4_000_000n).length'],
    ['makes a list of a thousand million', 'return Array.from({ length: 1e9 }).length'],
    ['pushes arrays without end', 'const all = []; for (;;) all.push([1, 2, 3])'],
    ['searches four thousand million empty places', SPIN]
  ] as const) {
    it(`${name}: it is stopped with a code, and calls of another sandbox are answered`, (t) =>
      withProcess(async (sandboxes, deaths) => {
        const bad = await sandboxes.create({
          name: 'bad@1',
          source: `export function bomb() { ${body} }`,
          memoryMb: 32
        })
        const good = await sandboxes.create({ name: 'good@1', source: ID, ...MORE })
        const calls = [good.call('id', ['1']), bad.call('bomb', []).catch(codeOf), good.call('id', ['2'])]
        const [before, code, after] = await Promise.all(calls)
        t.diagnostic(`${code} after ${deaths.map(({ reason }) => reason).join('; ') || 'no death'}`)
        assert.deepEqual([before, after], ['1', '2'])
        assert.match(code ?? '', /^ABOX_HOOK_(CRASH|TIMEOUT|MEMORY|THROW)$/)
        assert.equal(await good.call('id', ['3']), '3')
      }))
  }

  it('is named with its hook, its function and how the process ended', () =>
    withProcess(async (sandboxes, deaths) => {
      const sandbox = await sandboxes.create({ name: 'bad@1', source: `export function bomb() { ${SPIN} }` })
      await assert.rejects(sandbox.call('bomb', []), {
        code: 'ABOX_HOOK_CRASH',
        message: /bad@1:1: bomb\(\) .*no answer for \d+ ms, SIGKILL/
      })
      assert.deepEqual(
        deaths.map(({ signal, served, suspects, culprits }) => ({ signal, served, suspects, culprits })),
        [
          { signal: 'SIGKILL', served: true, suspects: ['bad@1'], culprits: [] },
          { signal: 'SIGKILL', served: true, suspects: ['bad@1'], culprits: ['bad@1'] }
        ]
      )
    }))

  it('is found among many: all others in flight, and those that come meanwhile, are answered', () =>
    withProcess(async (sandboxes, deaths) => {
      const source = `${ID} export function bomb() { ${SPIN} }`
      const [a, b] = [
        await sandboxes.create({ name: 'a', source, ...MORE }),
        await sandboxes.create({ name: 'b', source, ...MORE })
      ]
      const calls = Array.from({ length: 200 }, (_, i) => {
        const sandbox = i % 2 === 0 ? a : b
        return i === 100 ? sandbox.call('bomb', []).catch(codeOf) : sandbox.call('id', [`${i}`])
      })
      const later: Promise<string>[] = []
      const timer = setInterval(() => later.push(b.call('id', ['0'])), 1)
      const expected = Array.from({ length: 200 }, (_, i) => (i === 100 ? 'ABOX_HOOK_CRASH' : `${i}`))
      const answers = await Promise.all(calls).finally(() => clearInterval(timer))
      assert.deepEqual(answers, expected)
      assert.deepEqual(new Set(await Promise.all(later)), new Set(['0']))
      assert.equal(deaths.length, 2)
      assert.deepEqual(deaths[1]?.suspects, ['a'])
    }))

  it('is one of many of its sandbox: after three that killed alone the rest is rejected without being tried', () =>
    withProcess(async (sandboxes, deaths) => {
      const bad = await sandboxes.create({ name: 'bad', source: `export function bomb() { ${SPIN} }` })
      const good = await sandboxes.create({ name: 'good', source: ID, ...MORE })
      const calls = Array.from({ length: 20 }, () => bad.call('bomb', []).catch(codeOf))
      const other = good.call('id', ['1'])
      assert.deepEqual(await Promise.all(calls), Array(20).fill('ABOX_HOOK_CRASH'))
      assert.equal(await other, '1')
      assert.equal(deaths.length, 4)
    }))

  it('may be the top-level code: its making is rejected, others go on', () =>
    withProcess(async (sandboxes) => {
      const good = await sandboxes.create({ name: 'good', source: ID, ...MORE })
      const source = `const all = []; all.length = 4e9; all.indexOf(1); ${ID}`
      const made = sandboxes.create({ name: 'bad', source, startTimeoutMs: 100 }).catch((error: Error) => error.message)
      assert.equal(await good.call('id', ['1']), '1')
      assert.match(String(await made), /^ABOX_HOOK_(CRASH|COMPILE): bad: its top-level code/)
      assert.equal(await good.call('id', ['2']), '2')
    }))

  it('is not one that only takes its time: time limits of the sandboxes are their own', () =>
    withProcess(async (sandboxes, deaths) => {
      const source = 'export function slow(ms) { const end = Date.now() + ms; while (Date.now() < end); return ms }'
      const sandbox = await sandboxes.create({ name: 'slow', source, timeoutMs: 5000 })
      assert.equal(await sandbox.call('slow', ['1500']), '1500')
      assert.equal(deaths.length, 0)
    }))
})
