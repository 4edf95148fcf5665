import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withSandbox } from './with-sandbox.ts'

const SOURCE = `// (x) => x is also written here, as is function listed(x)
const twice = (x) => x
export const first = (x) => x
export const second
  = (x) => x
function listed(x) {
  return x
}
export { listed, listed as renamed }
export const { inner } = { inner: (x) => x + 1 }
export const bound = listed.bind(null)
export class Made { constructor() { this.a = 1 } }
export const circle = () => { const a = {}; a.a = a; return a }
`

const PLACES = {
  first: 'hook:3',
  second: 'hook:5',
  listed: 'hook:6',
  renamed: 'hook:6',
  inner: 'hook:10',
  bound: 'hook',
  Made: 'hook:12',
  circle: 'hook:13',
  none: 'hook'
}

describe('the place of a function', () => {
  for (const [ends, source] of [
    ['lines that end with LF', SOURCE],
    ['lines that end with CR LF', SOURCE.replaceAll('\n', '\r\n')]
  ] as const) {
    it(`is the line where it is written, with ${ends}`, async () => {
      await withSandbox(source, async (sandbox) => {
        for (const [name, place] of Object.entries(PLACES)) assert.equal(sandbox.placeOf(name), place, name)
      })
    })
  }

  it('is that of the author’s file where types are erased', async () => {
    const source = 'interface A {\n  a: number\n}\nexport const pre: (a: A) => A\n  = (a: A): A => a\n'
    await withSandbox(source, async (sandbox) => assert.equal(sandbox.placeOf('pre'), 'hook:5'), { language: 'ts' })
  })

  it('is not changed by what the module does to functions', async () => {
    const source = "export const pre = () => 1\nFunction.prototype.toString = () => { throw new Error('no') }"
    await withSandbox(source, async (sandbox) => assert.equal(sandbox.placeOf('pre'), 'hook:1'))
  })

  it('is told where a result is no JSON, too large or too late, in an error without a line of its own', async () => {
    const source = `
export const circle = () => { const a = {}; a.a = a; return a }
export const large = () => 'a'.repeat(2000)
export const wide = () => 'é'.repeat(800)
export const later = () => ({ then() {} })
export const spin = () => { for (;;); }`
    const errors: [string, RegExp][] = [
      ['circle', /^ABOX_HOOK_RESULT: hook:2: the result of circle/],
      ['large', /^ABOX_HOOK_RESULT: hook:3: the result of large/],
      ['wide', /^ABOX_HOOK_RESULT: hook:4: the result of wide/],
      ['later', /^ABOX_HOOK_RESULT: hook:5: the result of later/],
      ['spin', /^ABOX_HOOK_TIMEOUT: hook:6: spin/]
    ]
    await withSandbox(
      source,
      async (sandbox) => {
        for (const [name, message] of errors) await assert.rejects(sandbox.call(name, []), { message })
      },
      { timeoutMs: 100, maxOutputBytes: 1000 }
    )
  })
})
