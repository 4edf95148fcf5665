import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { putTensors, type Sandbox, takeTensors, wholeText } from '#lib/sandbox'
import { withSandbox } from './with-sandbox.ts'

/** The text of a list of 300 numbers, some of which JavaScript would print in another way. */
const LONG = `[${Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? `${i}.50` : `1e${i % 20}`)).join(',')}]`
/** Another one, as JavaScript prints it. */
const PLAIN = JSON.stringify(Array.from({ length: 300 }, (_, i) => i / 7))

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
  fc.constantFrom('NaN', '-Infinity', '9007199254740993', 'true', 'null', '1.50')
)
const list = fc.array(number, { maxLength: 200 }).map((items) => `[${items.join(',')}]`)
const matrix = fc.array(list, { maxLength: 5 }).map((rows) => `[${rows.join(', ')}]`)
const word = fc
  .array(fc.constantFrom('[', ']', '{', '"', '\\', ',', '1', '@tensor:7', '-0e8887', 'é'), { maxLength: 40 })
  .map((parts) => JSON.stringify(parts.join('')))
const value = fc.letrec<{ any: string; object: string; mixed: string }>((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, list, matrix, word, tie('object'), tie('mixed')),
  object: fc
    .array(fc.tuple(fc.string(), tie('any')), { maxLength: 5 })
    .map((entries) => `{${entries.map(([key, item], i) => `${JSON.stringify(`${i}${key}`)}:${item}`).join(',')}}`),
  mixed: fc.array(tie('any'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`)
})).any

/** Numbers in all spellings, long enough lists of them, one in another; seldom odd ones, or no list would be kept out. */
const digits = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String)
const spelled = fc.oneof(
  { weight: 30, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)) },
  { weight: 30, arbitrary: fc.integer().map(String) },
  {
    weight: 10,
    arbitrary: fc.tuple(fc.integer(), fc.nat(), fc.integer({ min: -30, max: 30 })).map(([a, b, e]) => `${a}.${b}E${e}`)
  },
  { weight: 10, arbitrary: fc.maxSafeInteger().map(String) },
  { weight: 10, arbitrary: fc.constantFrom('1e-05', '1.50', '-0.5', '0e0', 'NaN', '-Infinity', 'null', 'true') },
  {
    weight: 1,
    arbitrary: fc.oneof(
      digits,
      digits.map((text) => `${text}.25`),
      digits.map((text) => `${text}e300`),
      fc.constantFrom('-0', '-0.0', '-0e5', '-1E-400', '1e400')
    )
  }
)
const row = fc
  .tuple(fc.array(spelled, { minLength: 1, maxLength: 60, size: 'max' }), fc.constantFrom(',', ' ,\n'))
  .map(([items, comma]) => `[${items.join(comma)}]`)
const numbers = fc.oneof(
  row,
  fc.array(row, { maxLength: 4 }).map((rows) => `{"a":[${rows.join()}],"b":[1,[${rows.join()}]]}`)
)

/** As a reader takes it that has doubles alone: minus zero is not zero there. */
function valuesOf(json: string): unknown {
  const words = json.replace(/-?(?:NaN|Infinity)/g, '"$&"')
  return JSON.parse(words)
}

/** Calls with the tensors kept out. `first`: no two calls of a sandbox may have the same. */
async function callWithout(sandbox: Sandbox, fn: string, json: string, first = 7): Promise<string> {
  const { text, tensors } = takeTensors(Buffer.from(json), first)
  return putTensors(await sandbox.call(fn, [text]), tensors, first).toString()
}

describe('tensors', () => {
  it('come back to where they were taken from', () => {
    const same = fc.property(value, (json) => {
      const { text, tensors } = takeTensors(Buffer.from(json), 7)
      assert.equal(wholeText(text, tensors, 7), json)
    })
    fc.assert(same, { numRuns: 500 })
  })

  it('are long lists of numbers, without the lists around them', () => {
    const json = `{"args":[[${LONG}, ${LONG}],"[",[1,2]],"x":{"y":${LONG}}}`
    const { text, tensors } = takeTensors(Buffer.from(json), 0)
    assert.equal(text, '{"args":[[@tensor:0, @tensor:1],"[",[1,2]],"x":{"y":@tensor:2}}')
    assert.deepEqual(
      tensors.map((tensor) => tensor.toString()),
      [LONG, LONG, LONG]
    )
  })

  it('are numbered from where the caller says', () => {
    assert.equal(takeTensors(Buffer.from(LONG), 3).text, '@tensor:3')
  })

  it('take time in proportion to the text, however it is nested', () => {
    const deep = `${'['.repeat(200_000)}1${']'.repeat(200_000)}`
    assert.equal(takeTensors(Buffer.from(deep), 0).tensors.length, 1)
    const quotes = `[${'"[",'.repeat(500_000)}[1]]`
    assert.equal(takeTensors(Buffer.from(quotes), 0).tensors.length, 0)
  })

  it('cannot be written so often that the result outgrows its bound', () => {
    const { tensors } = takeTensors(Buffer.from(`[${'1,'.repeat(500_000)}1]`), 0)
    const result = `[${Array(100).fill('-0e8880').join()}]`
    assert.throws(() => putTensors(result, tensors, 0), { code: 'ABOX_HOOK_RESULT' })
  })

  it('leave a hook that only hands them on as the text that came', async () => {
    const source = 'export const wrap = (call) => ({ body: { rows: [call.args[0], call.args[0]] }, none: NaN })'
    await withSandbox(source, async (sandbox) => {
      const result = await callWithout(sandbox, 'wrap', `{"args":[${LONG}]}`)
      assert.equal(result, `{"body":{"rows":[${LONG},${LONG}]},"none":NaN}`)
    })
  })

  it('are put to where they belong, whatever stands around them', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      const around = fc.array(
        fc.oneof(word, fc.constantFrom(PLAIN, '-0', '-0e888', '-0e8887', '-0e999', '"\\u00007"', 'null', '{"a":-0.0}'))
      )
      const key = fc.constantFrom('a', '9', '__proto__', '-0e8887', '@tensor:7', '')
      const object = fc.dictionary(key, around).map((entries) => {
        const parts = Object.entries(entries).map(([name, items]) => `${JSON.stringify(name)}:[${items.join(',')}]`)
        return `{${parts.join(',')}}`
      })
      const same = fc.asyncProperty(fc.oneof(object, fc.constant(PLAIN)), async (json) => {
        assert.equal(await callWithout(sandbox, 'id', json), await sandbox.call('id', [json]))
      })
      await fc.assert(same, { numRuns: 300 })
      // JavaScript takes the last of two, and names that are numbers first.
      const json = `{"a":${PLAIN},"a":2,"9":${PLAIN}}`
      assert.equal(await callWithout(sandbox, 'id', json), `{"9":${PLAIN},"a":2}`)
    })
  })

  it('are not mistaken for text of the hook', async () => {
    await withSandbox("export const id = (x) => ['-0e8887', x, '\\\\', '-0e8889', '@tensor:7']", async (sandbox) => {
      assert.equal(await callWithout(sandbox, 'id', LONG), `["-0e8887",${LONG},"\\\\","-0e8889","@tensor:7"]`)
    })
  })

  // A model or a caller may write any number. Beside an escaped NUL and NaN these are read one by one.
  for (const around of ['1', '"\\u0000"', 'NaN', '12345678901234567890']) {
    it(`are not mistaken for numbers that were sent, beside ${around}`, async () => {
      await withSandbox('export const id = (x) => x', async (sandbox) => {
        const numbers = (list: string): string => `[-0e8887,${list},-0e8888,-0e999,-0E8887,-10e8,${around}]`
        const plain = `[0,${PLAIN},0,0,0,-1000000000,${around === '12345678901234567890' ? `"${around}"` : around}]`
        assert.equal(await sandbox.call('id', [numbers(PLAIN)]), plain)
        assert.equal(await callWithout(sandbox, 'id', numbers(PLAIN)), plain)
      })
    })
  }

  it('may come twice under one name, beside what is read one by one', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      assert.equal(
        await callWithout(sandbox, 'id', `{"a":${LONG},"b":NaN,"c":${PLAIN}}`),
        `{"a":${LONG},"b":NaN,"c":${PLAIN}}`
      )
    })
  })

  it('of another call are refused, also where code guesses their numbers', async () => {
    const source = `export const keep = (x) => x
      export const give = (x) => [x, JSON.rawJSON('-0e8881')]`
    await withSandbox(source, async (sandbox) => {
      await callWithout(sandbox, 'keep', LONG, 1)
      await assert.rejects(callWithout(sandbox, 'give', PLAIN, 2), { code: 'ABOX_HOOK_RESULT', message: /-0e8881 at / })
    })
  })

  for (const look of [
    'x.length',
    'x[0]',
    '[...x]',
    '{ ...x }',
    'JSON.stringify(x)',
    'Object.keys(x)',
    '0 in x',
    'x.map((n) => n)',
    'Math.max(...x)',
    'x instanceof Array',
    'String(x)',
    'x + 1',
    'Object.freeze(x)',
    '(x[0] = 1)',
    'console.log(x)'
  ]) {
    it(`are not looked into by ${look}: the call fails, and is answered with the text`, async () => {
      const source = `export const look = (x) => { try { return ${look} } catch { return 'caught' } }; export const id = (x) => x`
      await withSandbox(source, async (sandbox) => {
        const looking = callWithout(sandbox, 'look', LONG)
        const other = callWithout(sandbox, 'id', LONG)
        await assert.rejects(looking, { code: 'ABOX_HOOK_TENSOR' })
        assert.equal(await other, LONG)
        assert.notEqual(await sandbox.call('look', [LONG]), '"caught"')
      })
    })
  }

  for (const [use, whole] of [
    ['kept ?? x', (kept: string) => kept],
    ['[kept?.[1], x]', (kept: string, given: string) => `[${(JSON.parse(kept) as number[])[1]},${given}]`],
    ['{ let second; try { second = kept?.[1] } catch { second = null } return { second, x } }', undefined]
  ] as const) {
    it(`that were kept are not used by a later call: ${use} starts anew, and is given none from then on`, async () => {
      const body = use.startsWith('{') ? use : `{ return ${use} }`
      const source = `let kept
        export const keep = (x) => { kept = x; return x }
        export const use = (x) => ${body}`
      await withSandbox(source, async (sandbox) => {
        assert.equal(await callWithout(sandbox, 'keep', LONG, 1), LONG)
        const [used, other] = [callWithout(sandbox, 'use', PLAIN, 2), callWithout(sandbox, 'keep', LONG, 3)]
        await assert.rejects(used, { code: 'ABOX_HOOK_TENSOR' })
        assert.equal(await other, LONG)
        // Whoever is told so calls with the whole.
        await assert.rejects(callWithout(sandbox, 'keep', LONG, 4), { code: 'ABOX_HOOK_TENSOR' })
        assert.notEqual(await sandbox.call('use', [PLAIN]), undefined)
        const short = JSON.stringify(JSON.parse(LONG))
        assert.equal(await sandbox.call('keep', [LONG]), short)
        if (whole !== undefined) assert.equal(await sandbox.call('use', [PLAIN]), whole(short, PLAIN))
      })
    })
  }

  it('that were kept are not used by a call that has the whole: it runs again, as in a fresh module', async () => {
    const source =
      'let kept; export const keep = (x) => { kept = x; return x }; export const use = () => kept ?? "none"'
    await withSandbox(source, async (sandbox) => {
      await callWithout(sandbox, 'keep', LONG)
      assert.equal(await sandbox.call('use', []), '"none"')
      assert.equal(await sandbox.call('keep', [PLAIN]), PLAIN)
      assert.equal(await sandbox.call('use', []), PLAIN)
    })
  })

  for (const [way, text] of [
    ['a getter', '{ get a() { return JSON.stringify(x) } }'],
    ['a toJSON', '{ a: { toJSON: () => JSON.stringify({ x }) } }'],
    ['a getter that logs', '{ get a() { console.log({ x }); return x } }'],
    ['a proxy', 'new Proxy({ a: 1 }, { get: (_, name) => name === "a" ? JSON.stringify(x).length : undefined })'],
    ['a getter that calls toJSON', '{ get a() { return x.toJSON?.().rawJSON } }'],
    ['a getter beside the list', '{ get a() { return x.toJSON?.().rawJSON.length }, x }'],
    ['a getter that runs for a second time', '{ n: NaN, get a() { return this.n++, JSON.stringify(x) } }']
  ] as const) {
    it(`are looked into by ${way} that runs while the result is written`, async () => {
      await withSandbox(`export const write = (x) => (${text})`, async (sandbox) => {
        await assert.rejects(callWithout(sandbox, 'write', LONG), { code: 'ABOX_HOOK_TENSOR' })
        assert.doesNotMatch(await sandbox.call('write', [LONG]), /-0e888/)
        assert.deepEqual(
          sandbox.takeLogs().filter((line) => line.includes('-0e888')),
          []
        )
      })
    })
  }

  it('are not looked into by a toJSON or a getter that hands them on', async () => {
    const source =
      'export const write = (x) => ({ a: { toJSON: () => ({ x, t: JSON.stringify([1]) }) }, get b() { return [x, null] } })'
    await withSandbox(source, async (sandbox) => {
      assert.equal(await callWithout(sandbox, 'write', LONG), `{"a":{"x":${LONG},"t":"[1]"},"b":[${LONG},null]}`)
    })
  })

  for (const odd of [
    '9007199254740992',
    '-9007199254740993',
    '12345678901234567890',
    '-0',
    '-0.0',
    '-0e5',
    '-0.000E1',
    '1e400',
    '-1e-400',
    `${'9'.repeat(400)}.5`,
    `-0.${'0'.repeat(400)}1`
  ]) {
    it(`are not lists with ${odd.slice(0, 30)}, which JavaScript reads as another number or as a text`, () => {
      for (const list of [`[${odd},${PLAIN.slice(1)}`, `${PLAIN.slice(0, -1)}, ${odd}]`, `[${PLAIN},[${odd}\n]]`]) {
        const { text, tensors } = takeTensors(Buffer.from(list), 0)
        assert.equal(wholeText(text, tensors, 0), list)
        assert.ok(tensors.every((tensor) => !tensor.includes(odd)))
      }
    })
  }

  for (const plain of [
    '9007199254740991',
    '-9007199254740991',
    '123456789012345678.5',
    '-0.5',
    '-0.00001',
    '0e5',
    '1e-05',
    '1e300',
    'true',
    'false',
    'NaN',
    '0',
    '-123456789012345'
  ]) {
    it(`may be lists with ${plain}`, () => {
      assert.equal(takeTensors(Buffer.from(`${PLAIN.slice(0, -1)},${plain}]`), 0).tensors.length, 1)
    })
  }

  it('say what they say to a hook that looks at them', async () => {
    await withSandbox('export const id = (x) => x', async (sandbox) => {
      const same = fc.asyncProperty(numbers, async (json) => {
        const without = await callWithout(sandbox, 'id', json)
        assert.deepStrictEqual(valuesOf(without), valuesOf(await sandbox.call('id', [json])))
      })
      await fc.assert(same, { numRuns: 500 })
    })
  })

  it('are lists to Array.isArray and true, without a look', async () => {
    await withSandbox('export const ask = (x) => [Array.isArray(x), !!x, typeof x]', async (sandbox) => {
      assert.equal(await callWithout(sandbox, 'ask', LONG), '[true,true,"object"]')
    })
  })
})
