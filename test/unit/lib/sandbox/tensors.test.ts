import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { putTensors, type Sandbox, takeTensors } from '#lib/sandbox'
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
  .array(fc.constantFrom('[', ']', '{', '"', '\\', ',', '1', '-0e8880', 'é'), { maxLength: 40 })
  .map((parts) => JSON.stringify(parts.join('')))
const value = fc.letrec<{ any: string; object: string; mixed: string }>((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, list, matrix, word, tie('object'), tie('mixed')),
  object: fc
    .array(fc.tuple(fc.string(), tie('any')), { maxLength: 5 })
    .map((entries) => `{${entries.map(([key, item], i) => `${JSON.stringify(`${i}${key}`)}:${item}`).join(',')}}`),
  mixed: fc.array(tie('any'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`)
})).any

/** Calls with the tensors kept out. */
async function callWithout(sandbox: Sandbox, fn: string, json: string): Promise<string> {
  const { text, tensors } = takeTensors(Buffer.from(json))
  return putTensors(await sandbox.call(fn, [text]), tensors).toString()
}

describe('tensors', () => {
  it('come back to where they were taken from', () => {
    const same = fc.property(value, (json) => {
      const { text, tensors } = takeTensors(Buffer.from(json))
      assert.equal(putTensors(text, tensors).toString(), json)
    })
    fc.assert(same, { numRuns: 500 })
  })

  it('are long lists of numbers, without the lists around them', () => {
    const { text, tensors } = takeTensors(Buffer.from(`{"args":[[${LONG}, ${LONG}],"[",[1,2]],"x":{"y":${LONG}}}`))
    assert.equal(text, '{"args":[[-0e8880, -0e8881],"[",[1,2]],"x":{"y":-0e8882}}')
    assert.deepEqual(
      tensors.map((tensor) => tensor.toString()),
      [LONG, LONG, LONG]
    )
  })

  it('are numbered on where several texts go into one call', () => {
    assert.equal(takeTensors(Buffer.from(LONG), 3).text, '-0e8883')
  })

  it('take time in proportion to the text, however it is nested', () => {
    const deep = `${'['.repeat(200_000)}1${']'.repeat(200_000)}`
    assert.equal(takeTensors(Buffer.from(deep)).tensors.length, 1)
    const quotes = `[${'"[",'.repeat(500_000)}[1]]`
    assert.equal(takeTensors(Buffer.from(quotes)).tensors.length, 0)
  })

  it('cannot be written so often that the result outgrows its bound', () => {
    const { tensors } = takeTensors(Buffer.from(`[${'1,'.repeat(500_000)}1]`))
    const result = `[${Array(100).fill('-0e8880').join()}]`
    assert.throws(() => putTensors(result, tensors), { code: 'ABOX_HOOK_RESULT' })
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
        fc.oneof(word, fc.constantFrom(PLAIN, '-0', '-0e888', '"\\u00000"', 'null', '{"a":-0.0}'))
      )
      const key = fc.constantFrom('a', '9', '__proto__', '-0e8880', '')
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
    await withSandbox("export const id = (x) => ['-0e8880', x, '\\\\', '-0e8889']", async (sandbox) => {
      assert.equal(await callWithout(sandbox, 'id', LONG), `["-0e8880",${LONG},"\\\\","-0e8889"]`)
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

  it('are lists to Array.isArray and true, without a look', async () => {
    await withSandbox('export const ask = (x) => [Array.isArray(x), !!x, typeof x]', async (sandbox) => {
      assert.equal(await callWithout(sandbox, 'ask', LONG), '[true,true,"object"]')
    })
  })
})
