import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSandbox, type SandboxOptions } from '#lib/sandbox'
import { withSandbox } from './with-sandbox.ts'

const refuses = (source: string, message: RegExp, options: Partial<SandboxOptions> = {}): Promise<void> =>
  assert.rejects(createSandbox({ name: 'hook', ...options, source }), {
    code: 'ABOX_HOOK_COMPILE',
    fault: 'hook',
    message
  })

describe('sandbox compilation', () => {
  it('names line and column of a syntax error', async () => {
    await refuses('export function f() {\n  let a = ;\n}', /hook:2:11: Unexpected token ';'/)
    await refuses('export function f() {\n', /hook:2:1: Unexpected end of input/)
  })

  it('names the line of TypeScript that cannot be erased', async () => {
    await refuses('const a = 1\nexport enum E { A }', /hook:2: TypeScript enum is not supported/, { language: 'ts' })
  })

  it('refuses imports, static and dynamic, and names where they stand', async () => {
    await refuses("import fs from 'node:fs'\nexport const f = () => fs", /hook:1:1: found 'import'/)
    await refuses("export const g = 1\nexport const f = () => import('node:fs')", /hook:2:24: found 'import'/)
    await refuses('export const f = (x) => [...import(x)]', /hook:1:29: found 'import'/)
    await refuses('export const f = () => import.meta.url', /found 'import'/)
    await refuses("export const f = (x) => 1.\nimport('node:fs')", /hook:2:1: found 'import'/)
    await refuses("export { readFile as f } from 'node:fs'", /hook:1:1: found 'export from'/)
    await refuses("export * from 'node:fs'", /hook:1:1: found 'export \*'/)
    await refuses(
      "export /* x */ { f as '}' }; const f = () => 1",
      /hook:1:1: found '\{ f as '', expected exports by name/
    )
  })

  it('refuses async functions and await, and names where they stand', async () => {
    await refuses('\nexport async function pre(call) { return call }', /hook:2:8: found 'async'/)
    await refuses('export const f = { async *[1]() {} }', /hook:1:20: found 'async'/)
    await refuses('export const f = () => 1\nawait f()', /hook:2:1: found 'await'/)
  })

  it('tells exports from the same word in hundreds of comments of a large source', async () => {
    const comments = `/* export ${'x'.repeat(2500)} */\n`.repeat(400)
    await withSandbox(
      `export const f = () => 1\n${comments}export { f as g }\u2028export const h = () => 3`,
      async (sandbox) => {
        assert.deepEqual(sandbox.exports, ['f', 'g', 'h'])
        assert.equal(await sandbox.call('h', []), '3')
      }
    )
  })

  it('names the place of what is exported wrongly behind other exports', async () => {
    const before = '/* export */ export const a = 1; export const b = 2;\r\n\r// export\u2028'
    await refuses(`${before}  export default 1`, /hook:4:3: found 'export default'/)
    await refuses(`${before}export const c = { export() {} }`, /hook:4:20: /)
  })

  it('takes those words as names of fields and in texts', async () => {
    const source = `// async import await export
      const fields = { async: 1, import: 2, await: 3, export: 4 } /* export { x } */
      const text = \`async \${fields.async} import\` + 'await export function y() {}'
      export const f = () => [text, /export|async/.source, fields.import + fields.await + fields.export]`
    await withSandbox(source, async (sandbox) => {
      assert.deepEqual(JSON.parse(await sandbox.call('f', [])), [
        'async 1 importawait export function y() {}',
        'export|async',
        9
      ])
    })
  })

  it('takes every form of named export', async () => {
    const source = `export function a() { return 'a' }
      export function* b() {}
      export class C {}
      export const d = () => 'd', { e, f: [g] } = { e: () => 'e', f: [() => 'g'] }
      export let h = () => 'h'
      export var i = () => 'i'
      const j = () => 'j', k = () => 'k'
      export { j, k as l /* the last
      one */, k as m, }
      export
      const n = () => 'n' // export`
    await withSandbox(source, async (sandbox) => {
      assert.deepEqual([...sandbox.exports].sort(), [...'Cabdeghijlmn'])
      for (const name of 'adeghijn') assert.equal(await sandbox.call(name, []), `"${name}"`)
      assert.equal(await sandbox.call('l', []), '"k"')
    })
  })

  it('refuses a default export: functions are called by name', async () => {
    await refuses('export default function pre() {}', /hook:1:1: found 'export default', expected exports by name/)
  })

  it('refuses a module that exports no function', async () => {
    await refuses('export const samples = []', /hook: it exports no function/)
    await refuses('', /hook: it exports no function/)
  })

  it('refuses an unknown choice for long integers', async () => {
    await refuses(
      "export const int64 = 'number', f = () => 1",
      /hook: its export int64 is "number", expected "string" or/
    )
  })

  it('names the line where top-level code throws', async () => {
    await refuses('\n  null.x\nexport const f = () => 1', /hook:2:8: its top-level code threw TypeError: Cannot read/)
    await refuses('throw 7; export const f = () => 1', /hook: its top-level code threw 7/)
  })

  it('stops top-level code that does not end, whatever it throws or hides in an export', async () => {
    const loop = 'get message() { for (;;); }, get stack() { for (;;); }, get name() { for (;;); }'
    const stopped = /hook: its top-level code ran longer than 100 ms/
    const f = 'export const f = () => 1;'
    await refuses(`${f} for (;;);`, stopped, { startTimeoutMs: 100 })
    await refuses(`${f} throw { ${loop} }`, stopped, { startTimeoutMs: 100 })
    await refuses(`${f} throw new Proxy({}, { get() { for (;;); } })`, stopped, { startTimeoutMs: 100 })
    await refuses(`${f} export const samples = { toJSON() { for (;;); } }`, stopped, { startTimeoutMs: 100 })
  })

  it('stops top-level code that fills the memory', async () => {
    const source = 'let head = null; for (;;) head = { head, a: 1 }; export const f = () => 1'
    await refuses(source, /hook: its top-level code needs more than 16 MB/, { memoryMb: 16, startTimeoutMs: 10_000 })
  })

  it('refuses source that would leave its function and run where nothing catches', async () => {
    await refuses('}; throw { get message() { for (;;); } }; { export const f = () => 1', /hook:1:1: Unexpected token/)
    await refuses('export const f = (a, b) => { return a <!--b\n}', /HTML comments are not allowed in modules/)
    const evil = 'throw { get message() { for (;;); } }'
    const f = 'export const f = () => 1, a = 1'
    for (const trick of [
      `export { a as b // } }; ${evil}; () => { {\n}`,
      `export { a as b /* } }; ${evil}; () => { { */ }`,
      `export /* */ function g() { if (1) /* */ { a } ; ${evil} }`,
      `export // { a }; }; ${evil}; () => { {\n{ a as b }`
    ]) {
      const sandbox = await createSandbox({ name: 'hook', source: `${f}\n${trick}`, startTimeoutMs: 100 })
      assert.equal(await sandbox.call('f', []), '1', trick)
      sandbox.dispose()
    }
    await refuses('return 1; export const f = () => 1', /hook:1:1: Illegal return/)
  })

  it('refuses a source beyond a million characters', async () => {
    await refuses(
      `export const f = () => 1 //${' '.repeat(1024 * 1024)}`,
      /the source has 1048603 characters, at most 1048576/
    )
  })
})
