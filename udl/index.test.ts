import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createSandbox } from '#lib/sandbox'
import { hookFiles, TEMPLATE_PROTOCOLS } from '../src/apps/cli/hook/template.ts'

const UDL = dirname(fileURLToPath(import.meta.url))
const TYPES = join(UDL, 'index.d.ts')

/** A hook that uses everything, and uses it right. */
const RIGHT = `
import type { Call, DeclaredException, Post, Pre, Reply, Request, Sample } from 'abox/udl'
export const pre = (call: Call<[number[], string]>): Request => ({ body: { rows: call.args[0], at: call.at + 1 } })
export const post = (reply: Reply<{ n: number }>): number | DeclaredException =>
  reply.body.n > 0 ? reply.body.n : { $exception: { class: 'com.example.E', fields: { n: 1n } } }
export const asTypes: [Pre<[number]>, Post<{ n: number }, number>] = [
  (call) => ({ body: call.args[0].toFixed(1) }),
  (reply) => reply.body.n
]
export const samples: Sample[] = [{ call: { args: [[1], 'a'] }, expectRequest: { rows: [1n] }, tolerance: 1e-6 }]
console.warn(udl.base64.encode(udl.utf8.encode('a')), udl.hash.sha256([1]), udl.topK(new Float64Array(3), 2)[0])
console.log(udl.id.of('7') + 1n, udl.id.mod(7, 3).toFixed(0), udl.round(1.5, 0, 'HALF_EVEN'), udl.float32(0.1))
`

/** Lines of a hook, each of which is a mistake. */
const WRONG = {
  'a request without body': 'export const pre = (): Request => ({ instances: [] })',
  'an argument that the call has not': 'export const pre = (call: Call<[number]>) => call.args[1]',
  'a field that a call has not': 'export const pre = (call: Call) => call.arguments',
  'writing into the call': 'export const pre = (call: Call) => { call.caller = "me" }',
  'a misspelled key of a sample': 'export const samples: Sample[] = [{ call: {}, expected: 1 }]',
  'an unknown mode of rounding': 'export const a = udl.round(1.5, 0, "HALF")',
  'a member that the library has not': 'export const a = udl.md5("a")',
  'what is not in a hook': 'export const a = setTimeout(() => {}, 1)'
}

describe('udl/index.d.ts', () => {
  test('has the members of the library that a hook finds, no more and no fewer', async () => {
    const source = `
      const paths = (at, prefix) => Object.entries(at).flatMap(([name, value]) =>
        typeof value === 'function' ? [prefix + name] : paths(value, prefix + name + '.'))
      export const members = paths(udl, '').sort()
      export const console_ = Object.getOwnPropertyNames(console).sort()
      export const post = () => {}`
    const sandbox = await createSandbox({ source, name: 'members' })
    try {
      assert.deepEqual(membersOf('Udl'), JSON.parse(sandbox.readExport('members') ?? ''))
      assert.deepEqual(membersOf('Console'), JSON.parse(sandbox.readExport('console_') ?? ''))
    } finally {
      sandbox.dispose()
    }
  })

  test('is right for tsc, and so are the examples, in TypeScript and by the comments of JavaScript', () => {
    const examples = globSync('*/hook.{js,ts}', { cwd: UDL }).map((file) => join(UDL, file))
    assert.ok(examples.length >= 6 && examples.filter((file) => file.endsWith('.ts')).length >= 2)
    assert.equal(compile(examples), '')
  })

  test('takes a hook that uses all of it', () => {
    withFiles({ 'right/hook.ts': RIGHT }, (paths) => assert.equal(compile(paths), ''))
  })

  for (const language of ['js', 'ts'] as const) {
    test(`takes what abox hook init writes: ${language}`, () => {
      const file = `hook.${language}`
      const files = Object.fromEntries(
        TEMPLATE_PROTOCOLS.map((protocol) => [`${protocol}/${file}`, hookFiles(language, protocol)[file] ?? ''])
      )
      // JavaScript without types of its own is any.
      withFiles(files, (paths) => assert.equal(compile(paths, { noImplicitAny: language === 'ts' }), ''))
    })
  }

  test('refuses mistakes', () => {
    const head = "import type { Call, Request, Sample } from 'abox/udl'\nexport type Used = [Call, Request, Sample]\n"
    const files = Object.fromEntries(
      Object.values(WRONG).map((line, index) => [`wrong-${index}/hook.ts`, `${head}${line}\n`])
    )
    withFiles(files, (paths) => {
      const said = compile(paths)
      for (const [index, what] of Object.keys(WRONG).entries()) {
        assert.match(said, new RegExp(`wrong-${index}.hook\\.ts\\(3,`), `${what} was taken`)
      }
    })
  })
})

/** Paths of the functions of an interface in the types: each has its own line, a group its own `{` and `}`. */
function membersOf(name: string): string[] {
  const [, body = ''] =
    new RegExp(`^( *)(?:export )?interface ${name} \\{\\n((?:.*\\n)*?)\\1\\}`, 'm')
      .exec(readFileSync(TYPES, 'utf8'))
      ?.slice(1) ?? []
  const members: string[] = []
  let group = ''
  for (const line of body.split('\n')) {
    const opened = /^\s*readonly (\w+): \{$/.exec(line)?.[1]
    if (opened !== undefined) group = `${opened}.`
    else if (/^\s*\}$/.test(line)) group = ''
    const member = /^\s*(\w+)\(/.exec(line)?.[1]
    if (member !== undefined) members.push(group + member)
  }
  return members.sort()
}

/** What tsc says about hooks, as strictly as an author can ask, without the types of Node or of a browser. */
function compile(files: readonly string[], options: object = {}): string {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024'],
    types: [],
    module: 'nodenext',
    paths: { 'abox/udl': [TYPES] },
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    ...options
  }
  return withFiles(
    { 'tsconfig.json': JSON.stringify({ compilerOptions, files: [TYPES, ...files] }) },
    ([config = '']) => {
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
      const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })
      return stdout + stderr
    }
  )
}

function withFiles<T>(files: Readonly<Record<string, string>>, use: (paths: readonly string[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'abox-udl-'))
  try {
    // Hooks are modules whatever the folder around them says.
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const paths = Object.entries(files).map(([file, text]) => {
      const path = join(folder, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    })
    return use(paths)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
