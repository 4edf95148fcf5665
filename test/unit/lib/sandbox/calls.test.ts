import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSandbox } from '#lib/sandbox'
import { answers, withSandbox } from './with-sandbox.ts'

describe('sandbox calls', () => {
  it('take one JSON text per argument and give the result as JSON text', async () => {
    const source = 'export const id = (x) => x; export const list = (...args) => args'
    await withSandbox(source, async (sandbox) => {
      assert.equal(await sandbox.call('id', ['{"a": [1, null, "é😀\\u0000"]}']), '{"a":[1,null,"é😀\\u0000"]}')
      assert.equal(await sandbox.call('list', []), '[]')
      assert.equal(await sandbox.call('list', ['1', '"b"']), '[1,"b"]')
      assert.equal(await sandbox.call('list', ['1', '2', '3', '4']), '[1,2,3,4]')
    })
  })

  it('take pretty-printed JSON, line breaks and all, without mixing up the calls of a batch', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      const values = [...Array(100).keys()].map((i) => ({ i, text: '\n;,'.repeat(i) }))
      const results = await Promise.all(values.map((value) => sandbox.call('id', [JSON.stringify(value, null, 2)])))
      assert.deepEqual(
        results.map((json) => JSON.parse(json) as unknown),
        values
      )
    })
  })

  it('give null for a function that returns nothing', async () => {
    await withSandbox('export function nothing() {}', async (sandbox) => {
      assert.equal(await sandbox.call('nothing', ['1']), 'null')
    })
  })

  it('may be larger than a batch', async () => {
    await withSandbox('export const size = (text) => text.length', async (sandbox) => {
      const sizes = [10, 20_000, 1_000_000, 3]
      const results = sizes.map((size) => sandbox.call('size', [JSON.stringify('x'.repeat(size))]))
      assert.deepEqual(await answers(...results), sizes.map(String))
    })
  })

  it('are run in the order they were made', async () => {
    await withSandbox('let n = 0; export const next = () => n++', async (sandbox) => {
      const results = await Promise.all([...Array(100).keys()].map(() => sandbox.call('next', [])))
      assert.deepEqual(results.map(Number), [...Array(100).keys()])
    })
  })

  it('of an unknown function name what there is', async () => {
    await withSandbox('export const pre = () => 1, post = () => 2', async (sandbox) => {
      assert.deepEqual([...sandbox.exports].sort(), ['post', 'pre'])
      await assert.rejects(sandbox.call('prepare', []), {
        code: 'ABOX_HOOK_MISSING',
        message: /hook exports no function prepare, only (pre, post|post, pre)/
      })
    })
  })

  it('with an argument that is not JSON fail alone and say so', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      const results = await answers(
        sandbox.call('id', ['[1Infinity]']),
        sandbox.call('id', ['']),
        sandbox.call('id', ['7'])
      )
      assert.deepEqual(results, ['ABOX_HOOK_INPUT', 'ABOX_HOOK_INPUT', '7'])
    })
  })

  it('that wait when the sandbox is disposed, and later ones, are rejected', async () => {
    const sandbox = await createSandbox({ source: 'export const id = (x) => x', name: 'hook' })
    const waiting = answers(sandbox.call('id', ['1']))
    sandbox.dispose()
    assert.deepEqual(await waiting, ['ABOX_HOOK_DISPOSED'])
    assert.deepEqual(await answers(sandbox.call('id', ['1'])), ['ABOX_HOOK_DISPOSED'])
    sandbox.dispose()
  })

  it('are counted, and the memory of the isolate is measured', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      await answers(sandbox.call('id', ['1']), sandbox.call('id', ['2']))
      const { calls, faults, memoryBytes } = sandbox.stats()
      assert.deepEqual([calls, faults], [2, 0])
      assert.ok(memoryBytes > 100_000 && memoryBytes < 64 * 1024 * 1024, `${memoryBytes} bytes`)
    })
  })

  it('can be made to TypeScript', async () => {
    const source =
      'interface Call { args: number[] }\nexport function pre(call: Call): number { return call.args[0]! * 2 }'
    await withSandbox(source, async (sandbox) => assert.equal(await sandbox.call('pre', ['{"args":[4]}']), '8'), {
      language: 'ts'
    })
  })
})

describe('sandbox exports', () => {
  it('that are not functions can be read as JSON', async () => {
    const source = 'export const samples = [{ call: { args: [1n] }, expect: NaN }]; export const id = (x) => x'
    await withSandbox(source, async (sandbox) => {
      assert.equal(sandbox.readExport('samples'), '[{"call":{"args":[1]},"expect":NaN}]')
      assert.equal(sandbox.readExport('id'), undefined)
      assert.equal(sandbox.readExport('nothing'), undefined)
    })
  })

  it('that cannot be JSON fail only when they are read', async () => {
    const source = 'export const samples = {}; samples.self = samples; export const id = (x) => x'
    await withSandbox(source, async (sandbox) => {
      assert.equal(await sandbox.call('id', ['1']), '1')
      assert.throws(() => sandbox.readExport('samples'), { code: 'ABOX_HOOK_RESULT', message: /circular/ })
    })
  })
})

describe('sandbox logs', () => {
  it('come out with the calls, one line each, warnings and errors marked', async () => {
    const source = `export function f(x) {
      console.log('got', x, 1n, undefined, { a: [1] })
      console.warn(new TypeError('odd'))
      return x
    }`
    await withSandbox(source, async (sandbox) => {
      await sandbox.call('f', ['7'])
      assert.deepEqual(sandbox.takeLogs(), ['got 7 1 undefined {"a":[1]}', 'warn: TypeError: odd'])
      assert.deepEqual(sandbox.takeLogs(), [])
    })
  })

  it('are bounded, in the isolate and outside', async () => {
    const source = "export const f = (n) => { for (let i = 0; i < n; i++) console.log('x'.repeat(5000)) }"
    await withSandbox(
      source,
      async (sandbox) => {
        await sandbox.call('f', ['50'])
        await sandbox.call('f', ['50'])
        const lines = sandbox.takeLogs()
        assert.deepEqual(
          lines.map((line) => line.length),
          [1000, 1000, 1000, 1000, 23, 23, 22]
        )
        assert.match(
          lines.join('\n'),
          /\(46 more lines dropped\)\n\(46 more lines dropped\)\n\(4 more lines dropped\)$/
        )
      },
      { maxLogBytes: 4100 }
    )
  })

  it('are bounded also where they are empty, of one call and of many', async () => {
    const source = "export const f = (n) => { for (let i = 0; i < n; i++) console.log('') }"
    await withSandbox(
      source,
      async (sandbox) => {
        for (let calls = 0; calls < 50; calls++) await sandbox.call('f', ['1000'])
        const lines = sandbox.takeLogs()
        assert.ok(lines.length <= 100, `${lines.length} lines`)
        assert.match(lines.at(-1) ?? '', /more lines dropped\)$/)
      },
      { maxLogBytes: 100, timeoutMs: 1000 }
    )
  })

  it('survive arguments that cannot be printed', async () => {
    const source = `export function f() {
      console.error({ toJSON() { throw 1 } }, new Proxy({}, { get() { throw 2 } }), Symbol('s'))
    }`
    await withSandbox(source, async (sandbox) => {
      await sandbox.call('f', [])
      assert.deepEqual(sandbox.takeLogs(), [
        'error: a value that cannot be printed a value that cannot be printed Symbol(s)'
      ])
    })
  })
})
