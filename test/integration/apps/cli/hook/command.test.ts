import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type CommandResult, runAbox } from '../../../../harness/abox-command.ts'

const hook = (...args: string[]): Promise<CommandResult> => runAbox('hook', ...args)

describe('abox hook for authors', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-hook-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string): string => join(folder, name)
  const write = (name: string, text: string): string => {
    writeFileSync(file(name), text)
    return file(name)
  }

  test('init makes a hook that passes, in both languages, and overwrites nothing', async () => {
    for (const language of ['js', 'ts']) {
      const made = await hook('init', file(language), '--language', language, '--protocol', 'v2')
      assert.deepEqual([made.code, made.err], [0, ''])
      assert.deepEqual(readdirSync(file(language)).sort(), [`hook.${language}`, 'hook.test.mjs'].sort())
      const tested = await hook('test', file(language), '--coverage')
      assert.deepEqual([tested.code, tested.err], [0, ''])
      assert.match(tested.out, /lines \d+ of \d+ \(100 %\)/)
      const text = readFileSync(join(file(language), `hook.${language}`), 'utf8')
      const again = await hook('init', file(language))
      assert.equal(again.code, 1)
      assert.match(again.err, /ABOX_HOOK_FILE: .*overwrites nothing/)
      assert.equal(readFileSync(join(file(language), `hook.${language}`), 'utf8'), text)
    }
  })

  test('the test that init writes runs the samples', async () => {
    const made = file('made')
    assert.equal((await hook('init', made)).code, 0)
    const env = { ...process.env, ABOX: `${process.execPath} ${join(process.cwd(), 'src/bin/abox.ts')}` }
    delete (env as Record<string, unknown>)['NODE_TEST_CONTEXT']
    const run = (): number | null => spawnSync(process.execPath, ['--test'], { env, cwd: made }).status
    assert.equal(run(), 0)
    const path = join(made, 'hook.js')
    writeFileSync(path, readFileSync(path, 'utf8').replace('b.score - a.score', 'a.score - b.score'))
    assert.equal(run(), 1)
  })

  test('a failing sample is told with path, expected and found, in both placements, and exits 1 with a code', async () => {
    const path = write(
      'fails.js',
      `export const pre = (call) => ({ body: { rows: [[1, 2]] } })
export const samples = [{ name: 'one', call: {}, expectRequest: { rows: [[1, 3]] } }]\n`
    )
    for (const placement of ['instance', 'sandbox']) {
      const { code, out, err } = await hook('test', path, '--placement', placement)
      assert.equal(code, 1)
      assert.match(out, /FAIL {2}one/)
      assert.match(out, /pre +expected +found/)
      assert.match(out, /rows\[0\]\[1\] +3 +2/)
      assert.match(err, /^abox hook: ABOX_HOOK_SAMPLE_FAILED: fails@[0-9a-f]{12}: 1 of 1 samples failed; first "one"/)
    }
    const json = await hook('test', path, '--output', 'json')
    assert.equal(json.code, 1)
    const { ok, hooks } = JSON.parse(json.out) as { ok: boolean; hooks: { samples: { steps: unknown[] }[] }[] }
    assert.equal(ok, false)
    assert.deepEqual(hooks[0]?.samples[0]?.steps, [
      { fn: 'pre', ok: false, differences: [{ path: 'rows[0][1]', expected: '3', found: '2' }] }
    ])
  })

  test('a sample that kills its process fails alone in the sandbox process', async () => {
    const path = write(
      'bomb.js',
      `export const pre = (call) => ({ body: call.args[0] === 1 ? new Array(3e8).fill(0).length : 1 })
export const samples = [
  { name: 'bomb', call: { args: [1] }, expectRequest: 1 }, { name: 'fine', call: { args: [2] }, expectRequest: 1 }
]\n`
    )
    const { code, out, err } = await hook('test', path, '--placement', 'sandbox', '--output', 'json')
    assert.equal(code, 1, err)
    const { hooks } = JSON.parse(out) as {
      hooks: { samples: { ok: boolean; steps: { error?: { code: string } }[] }[] }[]
    }
    const [bomb, fine] = hooks[0]?.samples ?? []
    assert.match(bomb?.steps[0]?.error?.code ?? '', /^ABOX_HOOK_(CRASH|MEMORY|TIMEOUT)$/)
    assert.equal(fine?.ok, true)
  })

  test('samples that use up the memory pass and fail as they say, in both placements, and the other lines are counted', async () => {
    const path = write(
      'bombs.js',
      `export function pre(call) {
  const all = []
  for (; call.args[0] === 'arrays'; ) all.push(new Array(1000).fill(0))
  for (; call.args[0] === 'doubles'; ) all.push(1.5)
  for (; call.args[0] === 'typed'; ) all.push(new Float64Array(1000))
  for (let x = 3n; call.args[0] === 'bigint'; ) x = x * x
  return { body: 1 }
}
export const samples = [
  ...['arrays', 'doubles', 'typed', 'bigint'].map((name) => ({ name, call: { args: [name] }, expectError: 'ABOX_HOOK' })),
  { name: 'fine', call: { args: [2] }, expectRequest: 1 },
  { name: 'wrong', call: { args: [3] }, expectRequest: 2 }
]\n`
    )
    for (const placement of ['instance', 'sandbox']) {
      const { code, out, err } = await hook('test', path, '--placement', placement, '--output', 'json')
      assert.equal(code, 1, err)
      const { hooks } = JSON.parse(out) as {
        hooks: { samples: { name: string; ok: boolean }[]; coverage: { missed: unknown; lines: unknown } }[]
      }
      assert.deepEqual(
        hooks[0]?.samples.map(({ name, ok }) => `${name} ${ok}`),
        ['arrays true', 'doubles true', 'typed true', 'bigint true', 'fine true', 'wrong false']
      )
      assert.deepEqual(hooks[0]?.coverage, { lines: [1, 2, 3, 4, 5, 6, 7, 10], missed: [], uncalled: [] })
    }
  })

  test('that lines could not be counted is said, and changes no verdict', async () => {
    const path = write(
      'roomy.js',
      `let roomy = false
try { new Float64Array(1e7); roomy = true } catch {}
export const pre = () => ({ body: roomy ? new Array(3e8).fill(0).length : 1 })
export const samples = [{ call: {}, expectRequest: 1 }]\n`
    )
    const { code, out } = await hook('test', path)
    assert.equal(code, 0, out)
    assert.match(out, /lines were not counted: ABOX_HOOK_PROCESS: roomy@[0-9a-f]{12}: the process that counts/)
    assert.match(out, /^ {2}1 samples, 0 failed$/m)
  })

  test('what a hook says steers no terminal', async () => {
    const path = write(
      'steers.js',
      `export const pre = (call) => { console.log('\x1b[2J'); throw new Error(call.args[0]) }
export const samples = [{ name: '\x1b[31mred', call: { args: ['\x1b[1mbold'] }, expectRequest: 1 }]\n`
    )
    const { out, err } = await hook('test', path)
    assert.ok(!(out + err).includes('\x1b'))
    assert.match(out, /FAIL {2}\\u001b\[31mred/)
    assert.match(err, /Error: \\u001b\[1mbold/)
  })

  test('lines that no sample runs are shown, and chance is told', async () => {
    const path = write(
      'part.js',
      `export function pre(call) {
  if (call.args.length > 5) {
    return { body: 'many' }
  }
  return { body: [Math.random()].length === 1 ? 1 : 2 }
}
export const post = () => ({ at: 0.4 + Math.random() / 5 })
export const samples = [
  { name: 'still', call: {}, expectRequest: 1 },
  { name: 'luck', call: {}, reply: { body: 1 }, expect: { at: 0.5 }, tolerance: 0.9 }
]\n`
    )
    const { code, out } = await hook('test', path, '--coverage')
    assert.equal(code, 0, out)
    assert.match(out, /never ran: 3$/m)
    assert.match(out, /^ +3 \| {5}return \{ body: 'many' \}$/m)
    assert.match(out, /warning: another result the second time, so the sample proves nothing: luck/)
  })

  test('a folder of hooks is tested as a whole', async () => {
    const { code, out } = await hook('test', 'udl', '--output', 'json')
    assert.equal(code, 0)
    const { hooks } = JSON.parse(out) as { hooks: { hook: string; cost: { bytesPerCall: number } }[] }
    assert.ok(hooks.some((each) => each.hook.startsWith('rank-features@')))
    for (const { cost } of hooks) assert.ok(cost.bytesPerCall > 0)
  })

  test('bench puts the hook beside one that does nothing, in batches', async () => {
    const { code, out, err } = await hook('bench', 'udl/rank-features/hook.js', '--placement', 'sandbox', '-o', 'json')
    assert.equal(code, 0, err)
    const { rows } = JSON.parse(out) as { rows: { placement: string; batch: number; hook: string; p50Us: number }[] }
    assert.deepEqual(
      rows.map(({ placement, batch, hook: name }) => `${placement} ${batch} ${name.replace(/@.*/, '')}`),
      [1, 8, 32].flatMap((batch) => ['rank-features', 'identity'].map((name) => `sandbox ${batch} ${name}`))
    )
    for (const { p50Us } of rows) assert.ok(p50Us > 0)
  })

  test('what cannot be used is said in one line', async () => {
    const cases: [string[], RegExp, number][] = [
      [['test', file('no.js')], /ABOX_HOOK_FILE/, 1],
      [['test', write('syntax.js', 'export function pre( {\n')], /ABOX_HOOK_COMPILE: syntax@[0-9a-f]{12}:2:1: /, 1],
      [['test', write('none.js', 'export const pre = () => 1')], /ABOX_HOOK_SAMPLES/, 1],
      [
        ['test', write('other.js', 'export const samples = []; export const f = () => 1')],
        /expected a function pre or post/,
        1
      ],
      [['test', write('hook.py', '')], /expected \.js or \.ts/, 1],
      [['test'], /ABOX_CLI_USAGE/, 2],
      [['test', 'a', '--placement', 'moon'], /expected instance or sandbox/, 2],
      [['init', file('a b')], /found the name "a b"/, 2],
      [['init', '../zz'], /found the name "\.\.\/zz"/, 2],
      [['init', `${file('x')}/../zz`], /found the name ".*\/\.\.\/zz"/, 2],
      [['init', file('x'), '--protocol', 'grpc'], /expected tensorflow, seldon, v2, raw/, 2],
      [['fly'], /found the action "fly"/, 2],
      [['list', '--weight', '1%'], /--weight: found it with list, expected only --documents, /, 2],
      [['test', 'udl', '--history'], /--history: found it with test/, 2],
      [['replay', '--dry-run'], /--dry-run: found it with replay/, 2],
      [['test', 'udl', '--output', 'xml'], /expected table or json/, 2]
    ]
    for (const [args, message, expected] of cases) {
      const { code, err } = await hook(...args)
      assert.match(err, message)
      assert.equal(code, expected, args.join(' '))
    }
  })
})
