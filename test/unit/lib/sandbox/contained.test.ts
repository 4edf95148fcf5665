import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ThrownInside } from '#lib/sandbox'
import { answers, withSandbox } from './with-sandbox.ts'

const ID = 'export const id = (x) => x;'

/** The error of a call to a function with this body; the calls around it in its batch must be answered. */
async function failure(body: string, options = {}): Promise<Error & { code: string; cause?: ThrownInside }> {
  let error: unknown
  await withSandbox(
    `${ID} export function bad() {\n${body}\n}`,
    async (sandbox) => {
      const bad = sandbox.call('bad', [])
      assert.deepEqual(await answers(sandbox.call('id', ['1']), sandbox.call('id', ['2'])), ['1', '2'])
      await bad.catch((thrown: unknown) => {
        error = thrown
      })
      assert.equal(await sandbox.call('id', ['3']), '3')
    },
    options
  )
  assert.ok(error instanceof Error, 'the call did not fail')
  return error as Error & { code: string; cause?: ThrownInside }
}

/** JSON of what an expression is inside. */
async function inside(expression: string): Promise<unknown> {
  let result = ''
  await withSandbox(`export const look = () => ${expression}`, async (sandbox) => {
    result = await sandbox.call('look', [])
  })
  return JSON.parse(result)
}

describe('sandbox errors', () => {
  it('carry message, line and column of the source', async () => {
    const error = await failure('  const x = {}\n  return x.y.z')
    assert.equal(
      error.message,
      "ABOX_HOOK_THROW: hook:3:14: bad() threw TypeError: Cannot read properties of undefined (reading 'z')"
    )
    assert.deepEqual(error.cause, {
      function: 'bad',
      name: 'TypeError',
      message: "Cannot read properties of undefined (reading 'z')",
      line: 3,
      column: 14
    })
  })

  it('carry what was thrown when it is no error object', async () => {
    assert.match((await failure("throw 'no model'")).message, /: hook:1: bad\(\) threw no model$/)
    assert.match((await failure('throw { code: 7 }')).message, /: hook:1: bad\(\) threw \{"code":7\}$/)
    assert.match((await failure('throw undefined')).message, /: hook:1: bad\(\) threw undefined$/)
    assert.match((await failure('throw Symbol("s")')).message, /: hook:1: bad\(\) threw Symbol\(s\)$/)
  })

  it('are short, whatever was thrown', async () => {
    assert.ok((await failure("throw new Error('x'.repeat(1e6))")).message.length < 1200)
  })

  it('survive thrown values that cannot be looked at', async () => {
    const get = 'get() { throw new Proxy({}, this) }'
    assert.match((await failure(`throw new Proxy({}, { ${get} })`)).message, /threw a value that cannot be printed$/)
    const { proxy } = { proxy: 'const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy' }
    assert.match((await failure(proxy)).message, /threw a value that cannot be printed$/)
    assert.match((await failure('throw Object.create(null)')).message, /threw \{\}$/)
  })
})

describe('sandbox results', () => {
  for (const [what, body, message] of [
    ['a thenable', 'return { then() {} }', /the result of bad\(\) is not JSON: a thenable, but hooks are synchronous/],
    [
      'a cyclic object',
      'const a = {}; a.a = a; return a',
      /is not JSON: TypeError: Converting circular structure to JSON/
    ],
    ['a function', 'return () => 1', /is not JSON: a function, which has no JSON/],
    ['a symbol', 'return Symbol()', /is not JSON: a symbol, which has no JSON/],
    ['a toJSON that throws', 'return { toJSON() { throw new Error("no") } }', /hook:2:27: the result .* Error: no/],
    ['a revoked proxy', 'const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy', /revoked/]
  ] as const) {
    it(`refuse ${what}`, async () => {
      const error = await failure(body)
      assert.equal(error.code, 'ABOX_HOOK_RESULT')
      assert.match(error.message, message)
    })
  }

  it('refuse more bytes than allowed, counted as UTF-8', async () => {
    const small = { maxOutputBytes: 1000 }
    assert.match(
      (await failure("return 'x'.repeat(2000)", small)).message,
      /2002 bytes of JSON or more, at most 1000 are/
    )
    assert.match(
      (await failure("return 'é'.repeat(600)", small)).message,
      /result of bad\(\) has 1202 bytes of JSON, at most/
    )
    assert.equal((await failure("return 'x'.repeat(9e6)", { timeoutMs: 10_000 })).code, 'ABOX_HOOK_RESULT')
  })

  it('may together be more than one result may be', async () => {
    await withSandbox(
      'export const f = (n) => String(n).repeat(900)',
      async (sandbox) => {
        const results = await Promise.all([...Array(10).keys()].map((n) => sandbox.call('f', [`${n}`])))
        for (const [n, json] of results.entries()) assert.equal(json, `"${`${n}`.repeat(900)}"`)
      },
      { maxOutputBytes: 1000 }
    )
  })
})

describe('sandbox isolation', () => {
  it('offers nothing of the process', async () => {
    const names = [
      'process',
      'require',
      'module',
      'global',
      'Buffer',
      'fetch',
      'setTimeout',
      'queueMicrotask',
      'structuredClone'
    ]
    for (const name of names) assert.equal(await inside(`typeof ${name}`), 'undefined', name)
  })

  it('offers nothing that runs outside its limits', async () => {
    const names = ['Promise', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'eval']
    for (const name of names) assert.equal(await inside(`typeof ${name}`), 'undefined', name)
    assert.equal(await inside('typeof Array.fromAsync'), 'undefined')
  })

  it('makes no code from text, so that this.constructor.constructor leads nowhere', async () => {
    for (const make of [
      'globalThis.constructor.constructor',
      'Function',
      '(() => 1).constructor',
      '(function* () {}).constructor',
      'class extends Function {}',
      '(function () {}).constructor.prototype.constructor'
    ]) {
      const error = await failure(`return new (${make})('return process')()`)
      assert.match(error.message, /TypeError: a hook cannot make code from text/, make)
    }
    assert.equal(await inside('(() => 1) instanceof Function'), true)
  })

  it('gives array buffers a fixed size, as memory that they grow by is not counted', async () => {
    assert.equal(await inside('new ArrayBuffer(8, { maxByteLength: 1 << 30 }).resizable'), false)
    assert.equal(await inside('typeof ArrayBuffer.prototype.resize'), 'undefined')
    assert.equal(await inside('new (new Uint8Array(1).buffer.constructor)(8, { maxByteLength: 16 }).resizable'), false)
    assert.equal(
      await inside('new ArrayBuffer(8) instanceof ArrayBuffer && ArrayBuffer.isView(new Uint8Array(8))'),
      true
    )
    assert.equal(await inside('new (class extends ArrayBuffer {})(8).slice(2).byteLength'), 6)
  })

  it('keeps changes of built-in objects to itself', async () => {
    const source = `Object.prototype.polluted = 1
      Array.prototype.push = () => 'polluted'
      ${ID}
      export const polluted = () => ({}).polluted`
    await withSandbox(source, async (sandbox) => {
      assert.equal(await sandbox.call('polluted', []), '1')
      assert.equal(({} as { polluted?: number }).polluted, undefined)
      assert.equal(await inside('typeof ({}).polluted'), 'undefined')
    })
  })

  it('answers whatever the module does to the built-ins that the sandbox uses', async () => {
    const source = `
      const types = [String, Array, RegExp, BigInt, Function, Reflect, JSON, Object], { ownKeys } = Reflect
      for (let t = 0; t < types.length; t++) {
        for (let holder = types[t]; holder; holder = holder === types[t] ? holder.prototype : undefined) {
          const keys = ownKeys(holder)
          for (let k = 0; k < keys.length; k++) {
            try { if (typeof holder[keys[k]] === 'function') holder[keys[k]] = () => { throw 'spoiled' } } catch {}
          }
        }
      }
      ${ID}`
    await withSandbox(source, async (sandbox) => {
      const text = '[9007199254740993,NaN,"NaN"]'
      assert.equal(await sandbox.call('id', [text]), '["9007199254740993",NaN,"NaN"]')
    })
  })

  it('fails calls, and nothing else, when setters on prototypes reach into its replies', async () => {
    const source = `for (let i = 0; i < 4; i++) {
        Object.defineProperty(Array.prototype, i, { set() { throw { get message() { throw 1 } } } })
        Object.defineProperty(Object.prototype, i, { set() { throw 2 } })
      }
      Object.prototype.toJSON = () => { throw 3 }
      Object.prototype.then = () => 4
      export const text = (x) => x`
    await withSandbox(source, async (sandbox) => {
      assert.deepEqual(await answers(sandbox.call('text', ['"a"']), sandbox.call('text', ['{}'])), [
        '"a"',
        'ABOX_HOOK_RESULT'
      ])
    })
  })

  it('shows the module nothing of what it is wrapped in', async () => {
    assert.deepEqual(
      await inside('Reflect.ownKeys(globalThis).filter((key) => /guest|make|close|unbound/i.test(String(key)))'),
      []
    )
    assert.equal(await inside('typeof this'), 'undefined')
    const stack = await inside(
      "(() => { Error.prepareStackTrace = (_, calls) => calls.map((c) => [c.getFunction(), c.getThis()]); return new Error('x').stack })()"
    )
    assert.match(String(stack), /^Error: x\n/)
  })
})
