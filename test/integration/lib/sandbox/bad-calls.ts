import type { BadCall } from './bad-input.ts'

/** What uses up time. Each is stopped. */
export const LOOPS: readonly BadCall[] = (
  [
    ['an endless loop', 'for (;;);'],
    ['an endless loop that catches everything', 'for (;;) try { for (;;); } catch {} finally { continue }'],
    ['an endless generator that is spread', 'return [...(function* () { for (;;) yield* [] })()]'],
    ['a regular expression that backtracks', "return /^(a+)+$/.test('a'.repeat(50) + 'b')"],
    ['an order of a sort that never answers', 'return [2, 1].sort(() => { for (;;); })'],
    ['a getter that loops', 'return { get a() { for (;;); } }'],
    ['a toJSON that loops', 'return { toJSON() { for (;;); } }'],
    ['a then that loops when it is looked at', 'return { get then() { for (;;); } }'],
    ['a proxy whose keys never come', 'return new Proxy({}, { ownKeys() { for (;;); } })'],
    ['a thrown object whose message loops', 'throw { get message() { for (;;); } }'],
    ['a thrown object whose name loops', 'throw { message: 1, get name() { for (;;); } }'],
    ['a thrown object whose stack loops', 'throw { message: 1, get stack() { for (;;); } }'],
    ['a thrown object whose text loops', 'throw { message: 1, name: { toString() { for (;;); } } }'],
    ['a thrown proxy that loops', 'throw new Proxy({}, { get() { for (;;); } })'],
    [
      'a stack trace that is made for ever',
      'throw Object.defineProperty(new Error(1), "stack", { get() { for (;;); } })'
    ],
    ['a log line that loops', 'console.log({ toJSON() { for (;;); } })']
  ] as const
).map(([name, body]) => ({ name, body, code: 'TIMEOUT', says: /was stopped after 100 ms/, timeoutMs: 100 }))

const RUNS_OUT = { code: 'MEMORY', says: /needed more than 16 MB/, memoryMb: 16, timeoutMs: 20_000 } as const

/** What uses up memory, and is stopped by the limit of the isolate. */
export const BOMBS: readonly BadCall[] = [
  { ...RUNS_OUT, name: 'small objects without end', body: 'let head = null; for (;;) head = { head, a: 1 }' },
  { ...RUNS_OUT, name: 'arrays without end', body: 'let head = null; for (;;) head = [head, 1, 2]' },
  {
    ...RUNS_OUT,
    name: 'strings without end',
    body: "const all = []; for (let i = 0; ; i++) all.push(('x' + i).repeat(1000))"
  },
  { ...RUNS_OUT, name: 'functions without end', body: 'let f = () => 0; for (;;) { const g = f; f = () => g }' },
  { ...RUNS_OUT, name: 'small typed arrays without end', body: 'const all = []; for (;;) all.push(new Uint8Array(8))' },
  {
    ...RUNS_OUT,
    name: 'a result that nests a million deep',
    body: 'let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a'
  },
  {
    name: 'large typed arrays without end',
    body: 'const all = []; for (;;)\n  all.push(new Float64Array(1 << 17))',
    code: 'MEMORY',
    says: /asked for too much memory/,
    line: 4,
    timeoutMs: 20_000
  },
  {
    name: 'a string that doubles without end',
    body: "let s = 'x'; for (;;)\n  s += s",
    code: 'THROW',
    says: /RangeError: Invalid string length/,
    line: 4
  }
]

/**
 * V8 looks at no limit within one of its own functions, or ends its process when it can get no memory there. In the
 * instance these may end or block the process; which of them do depends on the version of V8.
 */
export const NATIVE_BOMBS: readonly Pick<BadCall, 'name' | 'body'>[] = [
  { name: 'a list that is pushed to without end', body: 'const all = []; for (;;) all.push([1, 2, 3])' },
  { name: 'a Map that grows without end', body: 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i })' },
  { name: 'an array of 200 million that is filled', body: 'return new Array(2e8).fill(0).length' },
  { name: 'an array of a thousand million', body: 'return Array.from({ length: 1e9 }).length' },
  { name: 'symbols without end', body: "for (let i = 0; ; i++) Symbol.for('x' + i)" },
  { name: 'a BigInt of thirty million bits as text', body: 'return String(2n ** 30_000_000n).length' },
  { name: 'a search of four thousand million empty places', body: 'const a = []; a.length = 4e9; return a.indexOf(1)' }
]

const DEEP = { code: 'THROW', says: /RangeError: Maximum call stack size exceeded/, line: 3 } as const
const REFUSED = { code: 'RESULT', says: /the result of bad\(\) is not JSON/ } as const

/** What ends by itself, but gives nothing that could be an answer. */
export const RESULTS: readonly BadCall[] = [
  { ...DEEP, name: 'deep recursion', body: 'return (function f() { return f() + 1 })()' },
  {
    ...DEEP,
    name: 'deep recursion of a proxy',
    body: 'const p = new Proxy({}, {}); return Object.setPrototypeOf(p, p), p.x'
  },
  { ...DEEP, name: 'deep recursion of a regular expression', body: "return /^(?:(a)|b)*$/.test('a'.repeat(1e7))" },
  {
    name: 'deep recursion of a toJSON',
    body: 'const a = { toJSON: () => ({ a: { toJSON: a.toJSON } }) }\nreturn a',
    code: 'RESULT',
    says: /RangeError: Maximum call stack size exceeded/
  },
  {
    name: 'a huge result',
    body: "return 'x'.repeat(2000)",
    code: 'RESULT',
    says: /2002 bytes of JSON or more, at most 1000 are allowed/,
    maxOutputBytes: 1000
  },
  {
    name: 'a result that is huge as UTF-8',
    body: "return '中'.repeat(400)",
    code: 'RESULT',
    says: /has 1202 bytes of JSON, at most 1000 are allowed/,
    maxOutputBytes: 1000
  },
  {
    ...REFUSED,
    name: 'a cyclic result',
    body: 'const a = {}; a.a = a; return a',
    says: /TypeError: Converting circular/
  },
  { ...REFUSED, name: 'a thenable', body: 'return { then() {} }', says: /a thenable, but hooks are synchronous/ },
  { ...REFUSED, name: 'a function', body: 'return () => 1', says: /a function, which has no JSON/ },
  { ...REFUSED, name: 'a symbol', body: 'return Symbol()', says: /a symbol, which has no JSON/ },
  { ...REFUSED, name: 'a getter that throws', body: 'return { get a() {\n  throw new Error("no") } }', line: 4 },
  { ...REFUSED, name: 'a toJSON that throws', body: 'return { toJSON() {\n  throw new Error("no") } }', line: 4 },
  { ...REFUSED, name: 'a revoked proxy', body: 'const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy' },
  {
    name: 'an error of the hook itself',
    body: 'const item = {}\nreturn item.y.z',
    code: 'THROW',
    says: /TypeError: Cannot read properties of undefined/,
    line: 4
  },
  {
    name: 'a thrown proxy',
    body: 'throw new Proxy({}, { get() { throw 1 } })',
    code: 'THROW',
    says: /cannot be printed/
  },
  {
    name: 'a thrown proxy that was revoked',
    body: 'const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy',
    code: 'THROW',
    says: /cannot be printed/
  },
  {
    name: 'a thrown text of a million letters',
    body: "throw new Error('x'.repeat(1e6))",
    code: 'THROW',
    says: /^.{0,1200}$/,
    line: 3
  }
]
