/** What a protocol wants as a request and gives as a reply, as source text and as data of a sample. */
interface Shapes {
  /** Source of the request body, from `rows`. */
  readonly body: string
  /** Source of the rows of the reply. */
  readonly rows: string
  /** Type of the reply's body. */
  readonly type: string
  readonly request: (rows: readonly (readonly number[])[]) => unknown
  readonly reply: (scores: readonly number[]) => unknown
}

const SHAPES: Readonly<Record<string, Shapes>> = {
  tensorflow: {
    body: '{ instances: rows }',
    rows: 'reply.body.predictions',
    type: '{ predictions: number[][] }',
    request: (rows) => ({ instances: rows }),
    reply: (scores) => ({ predictions: scores.map((score) => [score]) })
  },
  seldon: {
    body: '{ data: { ndarray: rows } }',
    rows: 'reply.body.data.ndarray',
    type: '{ data: { ndarray: number[][] } }',
    request: (rows) => ({ data: { ndarray: rows } }),
    reply: (scores) => ({ data: { ndarray: scores.map((score) => [score]) } })
  },
  v2: {
    body: "{ inputs: [{ name: 'features', datatype: 'FP64', shape: [rows.length, 2], data: rows.flat() }] }",
    rows: '(reply.body.outputs[0]?.data ?? []).map((score) => [score])',
    type: '{ outputs: { data: number[] }[] }',
    request: (rows) => ({
      inputs: [{ name: 'features', datatype: 'FP64', shape: [rows.length, 2], data: rows.flat() }]
    }),
    reply: (scores) => ({
      outputs: [{ name: 'scores', datatype: 'FP64', shape: [scores.length, 1], data: scores }]
    })
  },
  raw: {
    body: '{ rows }',
    rows: 'reply.body.rows',
    type: '{ rows: number[][] }',
    request: (rows) => ({ rows }),
    reply: (scores) => ({ rows: scores.map((score) => [score]) })
  }
}

/** The protocols that a template can be made for. */
export const TEMPLATE_PROTOCOLS: readonly string[] = Object.keys(SHAPES)

/** The files of a new hook by their names: the hook with samples that pass, and a test that runs them. */
export function hookFiles(language: 'js' | 'ts', protocol: string): Record<string, string> {
  const shapes = SHAPES[protocol] as Shapes
  return { [`hook.${language}`]: hookText(language, protocol, shapes), 'hook.test.mjs': TEST }
}

function hookText(language: 'js' | 'ts', protocol: string, shapes: Shapes): string {
  const ts = language === 'ts'
  const type = (name: string): string => (ts ? `: ${name}` : '')
  const doc = (...types: string[]): string => (ts ? '' : types.map((text) => `\n * ${text}`).join(''))
  const items = [
    { id: 1, price: 1.5, clicks: 2 },
    { id: 2, price: 4, clicks: 3 }
  ]
  const sample = {
    name: 'the better item comes first',
    call: { args: [{ items }], protocol },
    expectRequest: shapes.request(items.map(({ price, clicks }) => [price, clicks])),
    reply: { status: 200, body: shapes.reply([0.25, 0.75]) },
    expect: [
      { id: 2, score: 0.75 },
      { id: 1, score: 0.25 }
    ]
  }
  const empty = {
    name: 'nothing to rank',
    call: { args: [{ items: [] }], protocol },
    expectRequest: shapes.request([]),
    reply: { status: 200, body: shapes.reply([]) },
    expect: []
  }
  return `${ts ? TS_HEAD : ''}/**
 * Before the model: turns the arguments of the Dubbo call into the request of the model. What is returned as \`body\` is
 * sent as it is.${doc("@param {import('abox/udl').Call} call", "@returns {import('abox/udl').Request}")}
 */
export function pre(call${type('Call<[Query]>')})${type('Request')} {
  const rows = call.args[0].items.map((item) => [item.price, item.clicks])
  return { body: ${shapes.body} }
}

/**
 * After the model: turns its reply into the result of the Dubbo call, written as the Java type that the method declares.${doc("@param {import('abox/udl').Reply} reply", "@param {import('abox/udl').Call} call")}
 */
export function post(reply${type(`Reply<${shapes.type}>`)}, call${type('Call<[Query]>')}) {
  const rows = ${shapes.rows}
  const items = call.args[0].items.map((item, index) => ({ id: item.id, score: rows[index]${ts ? '?.[0] ?? 0' : '[0]'} }))
  return items.sort((a, b) => b.score - a.score)
}

/**
 * Proof: \`abox hook test\` runs them, and no version is pushed whose samples fail. \`call\` needs only what the hook
 * reads. \`expectRequest\` is what \`pre\` gives as body, \`expect\` what \`post\` makes of \`reply\`; \`expectError\` is a part
 * of an error that must come instead. Numbers are compared exactly unless there is a \`tolerance\`, such as 1e-6.${doc("@type {import('abox/udl').Sample[]}")}
 */
export const samples${type('Sample[]')} = ${literal([sample, empty])}
`
}

const TS_HEAD = `import type { Call, Reply, Request, Sample } from 'abox/udl'

/** The argument of the call, as its Java class declares it. */
interface Query {
  items: { id: number; price: number; clicks: number }[]
}

`

/** As JSON, but with the quotes and the width that a person would write. */
function literal(value: unknown, indent = ''): string {
  const inner = `${indent}  `
  const flat = oneLine(value)
  if (flat.length + indent.length <= 90 && !/\{.*\{/.test(flat)) return flat
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + literal(item, inner)).join(',\n')}\n${indent}]`
  if (typeof value !== 'object' || value === null) return flat
  const entries = Object.entries(value).map(([key, item]) => `${inner}${key}: ${literal(item, inner)}`)
  return `{\n${entries.join(',\n')}\n${indent}}`
}

function oneLine(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${oneLine(item)}`)
    .join(', ')} }`
}

const TEST = `// Runs the samples of the hook beside it in the real runtime: node --test
// Where abox is not on the path, say how it is called. In a clone of the repository:
// ABOX='npm run -s abox --' node --test
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('the samples of the hook pass', () => {
  const [command, ...args] = (process.env.ABOX ?? 'abox').split(' ')
  const all = [...args, 'hook', 'test', import.meta.dirname]
  const { status, error, stdout, stderr } = spawnSync(command, all, {
    encoding: 'utf8',
    shell: process.platform === 'win32'
  })
  const unknown = error === undefined ? '' : \`\${error}: say how abox is called, such as ABOX='npm run -s abox --' node --test\\n\`
  assert.equal(status, 0, \`\${unknown}\${stdout ?? ''}\${stderr ?? ''}\`)
})
`
