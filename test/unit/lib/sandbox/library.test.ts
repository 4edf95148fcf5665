import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { withSandbox } from './with-sandbox.ts'

const SOURCE = `
  export const run = (path, args) => path.split('.').reduce((at, name) => at[name], udl)(...args)
  export const bytes = (path, args) => [...path.split('.').reduce((at, name) => at[name], udl)(...args)]
  export const frozen = () => [udl, udl.base64, udl.utf8, udl.hash, udl.id].every(Object.isFrozen) &&
    Object.getOwnPropertyDescriptor(globalThis, 'udl').writable === false
  export const texts = (x) => [String(udl.id.of(x)), udl.id.text(x)]
`

describe('the library of hooks', () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = await createSandbox({ source: SOURCE, name: 'library', timeoutMs: 5000 })
  })
  after(() => sandbox.dispose())

  const call = async (fn: string, path: string, args: readonly unknown[]): Promise<unknown> =>
    JSON.parse(await sandbox.call(fn, [JSON.stringify(path), JSON.stringify(args)]))
  const run = (path: string, ...args: unknown[]): Promise<unknown> => call('run', path, args)

  it('cannot be changed', async () => assert.equal(await sandbox.call('frozen', []), 'true'))

  it('writes and reads base64 and UTF-8 as Node does', async () => {
    const same = fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ unit: 'binary' }),
      async (bytes, text) => {
        const base64 = Buffer.from(bytes).toString('base64')
        assert.equal(await run('base64.encode', [...bytes]), base64)
        assert.deepEqual(await call('bytes', 'base64.decode', [base64]), [...bytes])
        assert.deepEqual(await call('bytes', 'base64.decode', [Buffer.from(bytes).toString('base64url')]), [...bytes])
        assert.deepEqual(await call('bytes', 'utf8.encode', [text]), [...Buffer.from(text.toWellFormed())])
        assert.equal(await run('utf8.decode', [...Buffer.from(text)]), text.toWellFormed())
      }
    )
    await fc.assert(same, { numRuns: 300 })
  })

  it('refuses what is no base64', async () => {
    await assert.rejects(run('base64.decode', 'a*c='), /found "\*" at 1/)
    await assert.rejects(run('base64.decode', 'abcde'), /a length that no bytes have/)
  })

  it('reads bytes that are no UTF-8 as U+FFFD', async () => {
    assert.equal(
      await run('utf8.decode', [0x61, 0xff, 0xc0, 0x80, 0xe2, 0x82, 0x62]),
      'a\ufffd\ufffd\ufffd\ufffd\ufffdb'
    )
  })

  it('hashes as Node, Java and Guava do', async () => {
    const sha = fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      assert.equal(await run('hash.sha256', text), createHash('sha256').update(text.toWellFormed()).digest('hex'))
    })
    await fc.assert(sha, { numRuns: 200 })
    assert.equal(await run('hash.java', 'com.example.rank.RankService'), javaHash('com.example.rank.RankService'))
    assert.equal(await run('hash.fnv1a32', 'foobar'), 0xbf9cf968)
    assert.equal(await run('hash.fnv1a32', ''), 0x811c9dc5)
    // The reference vectors of MurmurHash3_x86_32.
    assert.equal(await run('hash.murmur3', ''), 0)
    assert.equal(await run('hash.murmur3', '', 1), 0x514e28b7)
    assert.equal(await run('hash.murmur3', 'Hello, world!', 0x9747b28c), 0x24884cba)
    assert.equal(await run('hash.murmur3', 'aaa', 0x9747b28c), 0x283e0130)
    assert.equal(await run('hash.murmur3', [0x21, 0x43, 0x65, 0x87]), 0xf55b516b | 0)
  })

  it('rounds the decimal digits as BigDecimal does', async () => {
    for (const [value, digits, mode, expected] of [
      [2.345, 2, 'HALF_UP', 2.35],
      [1.005, 2, 'HALF_UP', 1.01],
      [2.5, 0, 'HALF_EVEN', 2],
      [3.5, 0, 'HALF_EVEN', 4],
      [2.5, 0, 'HALF_DOWN', 2],
      [2.51, 0, 'HALF_DOWN', 3],
      [-2.345, 2, 'HALF_UP', -2.35],
      [-1.1, 0, 'UP', -2],
      [-1.9, 0, 'DOWN', -1],
      [-1.1, 0, 'CEILING', -1],
      [-1.1, 0, 'FLOOR', -2],
      [1.1, 0, 'CEILING', 2],
      [0.0004, 3, 'HALF_UP', 0],
      [0.0005, 3, 'HALF_UP', 0.001],
      [1e-7, 3, 'UP', 0.001],
      [9.999, 2, 'HALF_UP', 10],
      [1e21, 2, 'HALF_UP', 1e21],
      [5e-324, 2, 'HALF_UP', 0],
      [123, 2, 'HALF_UP', 123]
    ] as const) {
      assert.equal(await run('round', value, digits, mode), expected, `${value} ${digits} ${mode}`)
    }
    await assert.rejects(run('round', 1.5, 0, 'NEAREST'), /found mode "NEAREST", expected one of UP/)
    await assert.rejects(run('round', 1.5, -1), /found -1 digits/)
  })

  it('keeps ids exact, whatever they came as', async () => {
    assert.deepEqual(JSON.parse(await sandbox.call('texts', ['9007199254740993'])), [
      '9007199254740993',
      '9007199254740993'
    ])
    assert.equal(await run('id.same', '7', 7), true)
    assert.equal(await run('id.compare', '9007199254740993', '9007199254740992'), 1)
    assert.equal(await run('id.mod', '-9007199254740993', 10), 7)
    await assert.rejects(run('id.of', 1.5), /found a number that is no id/)
    await assert.rejects(run('id.of', '1e3'), /found "1e3"/)
  })

  it('finds the best k, the earlier one of equals, and no NaN', async () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 })
    const same = fc.asyncProperty(scores, fc.nat({ max: 42 }), async (list, k) => {
      const expected = list
        .map((score, i) => ({ score, i }))
        .sort((a, b) => b.score - a.score || a.i - b.i)
        .slice(0, k)
        .map(({ i }) => i)
      assert.deepEqual(await run('topK', list, k), expected)
    })
    await fc.assert(same)
    assert.equal(await sandbox.call('run', ['"topK"', '[[1,NaN,3],2]']), '[2,0]')
  })

  it('finds the half of many in far fewer looks than each with each', async () => {
    const source = `export function reads(count) {
      let reads = 0
      const get = (_, i) => (i === 'length' ? count : (reads++, Number(i)))
      udl.topK(new Proxy({}, { get }), count / 2)
      return reads
    }`
    await withSandbox(source, async (counting) => {
      const count = 4096
      const reads = Number(await counting.call('reads', [`${count}`]))
      assert.ok(reads < count * 6 * Math.log2(count), `${reads} reads`)
    })
  })

  it('makes floats', async () => assert.equal(await run('float32', 1.1), Math.fround(1.1)))
})

function javaHash(text: string): number {
  let hash = 0
  for (const char of text) hash = (Math.imul(31, hash) + char.charCodeAt(0)) | 0
  return hash
}
