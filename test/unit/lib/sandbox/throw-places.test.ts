import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withSandbox } from './with-sandbox.ts'

const THROWERS = `
export const text = () => { throw 'text' }
export const nothing = () => { throw null }
export const symbol = () => { throw Symbol('s') }
export const plain = () => { throw { message: 'plain' } }
export const bare = () => { const e = new Error('bare'); delete e.stack; throw e }
export const blind = () => { throw { get message() { throw 1 } } }
export const far = () => { const e = new Error('far'); e.stack = 'sandbox:source:999:1'; throw e }
export const below = () => { const e = new Error('below'); e.stack = 'sandbox:source:11:1'; throw e }
export const zero = () => { const e = new Error('zero'); e.stack = 'sandbox:source:0:1'; throw e }`

const throws = (source: string, fn: string, message: RegExp): Promise<void> =>
  withSandbox(source, (sandbox) => assert.rejects(sandbox.call(fn, []), { code: 'ABOX_HOOK_THROW', message }))

describe('the place of what was thrown', () => {
  it('is that of the function where the thrown value tells none, or one that is not in the file', async () => {
    const names = ['text', 'nothing', 'symbol', 'plain', 'bare', 'blind', 'far', 'below', 'zero']
    for (const [i, name] of names.entries()) {
      await throws(THROWERS, name, new RegExp(`ABOX_HOOK_THROW: hook:${i + 2}: ${name}\\(\\) threw`))
    }
  })

  it('is no line of ours in the cause either', async () => {
    await withSandbox(THROWERS, async (sandbox) => {
      const error = await sandbox.call('far', []).then(
        () => undefined,
        (thrown: unknown) => thrown as { cause: { line: unknown; column: unknown } }
      )
      assert.deepEqual([error?.cause.line, error?.cause.column], [undefined, undefined])
    })
  })

  it('is not for the module to hide', async () => {
    const source = `Error.prepareStackTrace = () => ''
try { Object.defineProperty(Error, 'prepareStackTrace', { value: () => '' }) } catch {}
export const pre = () => {
  throw new Error('here')
}
export const limit = () => {
  Error.stackTraceLimit = 0
  throw new Error('none')
}`
    await throws(source, 'pre', /hook:4:9: pre\(\) threw Error: here/)
    await throws(source, 'limit', /hook:6: limit\(\) threw Error: none/)
  })
})
