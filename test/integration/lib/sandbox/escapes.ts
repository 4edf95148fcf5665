import type { BadCall } from './bad-input.ts'

const NUMBERS = JSON.stringify(Array.from({ length: 300 }, (_, i) => i / 7))
const TEXT = { code: 'THROW', says: /TypeError: a hook cannot make code from text/, line: 3 } as const
const GONE = { code: 'THROW', says: /ReferenceError: \w+ is not defined/, line: 3 } as const
const STRICT = { code: 'THROW', says: /TypeError: 'caller', 'callee', and 'arguments'/, line: 3 } as const
const FROZEN = { code: 'THROW', says: /TypeError: Cannot (assign to|delete|redefine|add) /, line: 3 } as const
const TENSOR = { code: 'TENSOR', argument: NUMBERS, tensors: true } as const

/** Everything that a hook can reach, from the global object by properties and prototypes. */
const WALK = `const seen = new Set(), next = [globalThis, udl, bad, (function* () {})(), [].values(), x]
while (next.length > 0) {
  const here = next.pop()
  if ((typeof here !== 'object' && typeof here !== 'function') || here === null || seen.has(here)) continue
  seen.add(here)
  next.push(Object.getPrototypeOf(here))
  for (const key of Reflect.ownKeys(here)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(here, key)
    next.push(value, get, set)
  }
}`

/** Ways out of the isolate, out of its limits, or to the code around the module; each a row of docs/security.md. */
export const ESCAPES: readonly BadCall[] = [
  { ...TEXT, name: 'constructor.constructor', body: "return globalThis.constructor.constructor('return process')()" },
  { ...TEXT, name: 'the constructor of an arrow function', body: "return (() => 1).constructor('return process')()" },
  {
    ...TEXT,
    name: 'the constructor of generators',
    body: "return (function* () {}).constructor('yield process')().next()"
  },
  { ...TEXT, name: 'a subclass of Function', body: "return new (class extends Function {})('return process')()" },
  {
    ...TEXT,
    name: 'the constructor of a function of udl',
    body: "return udl.base64.encode.constructor('return this')()"
  },
  { ...TEXT, name: 'the constructor of a console function', body: "return console.log.constructor('return this')()" },
  { ...GONE, name: 'eval', body: "return eval('process')" },
  { ...GONE, name: 'WebAssembly', body: 'return new WebAssembly.Memory({ initial: 60000 })' },
  { ...GONE, name: 'Atomics that wait', body: 'return Atomics.wait(new Int32Array(new ArrayBuffer(4)), 0, 0)' },
  { ...GONE, name: 'shared memory', body: 'return new SharedArrayBuffer(8)' },
  { ...GONE, name: 'timers', body: 'return setTimeout(() => { for (;;); }, 0)' },
  {
    ...GONE,
    name: 'microtasks without end by Promise',
    body: 'return (function f() { return Promise.resolve().then(f) })()'
  },
  { ...GONE, name: 'microtasks without end by queueMicrotask', body: 'return (function f() { queueMicrotask(f) })()' },
  {
    ...GONE,
    name: 'code that runs when garbage is collected',
    body: 'return new FinalizationRegistry(() => { for (;;); })'
  },
  {
    name: 'array buffers that grow uncounted',
    body: `const made = new Uint8Array(1).buffer.constructor
return [ArrayBuffer, made].map((C) => new C(8, { maxByteLength: 1 << 30 }).resizable)`,
    answer: '[false,false]'
  },
  {
    name: 'globals of Node',
    body: `return ['process', 'require', 'module', 'global', 'Buffer', 'fetch', 'setImmediate', 'structuredClone',
  'URL', 'TextEncoder', 'performance', 'navigator'].filter((name) => name in globalThis)`,
    answer: '[]'
  },
  {
    name: 'a walk over everything that can be reached',
    body: `${WALK}
const out = /^(Promise|eval|Atomics|WebAssembly|SharedArrayBuffer|FinalizationRegistry|WeakRef|AsyncFunction|process|require)$/
return [...seen].filter((each) => out.test(each.name) || out.test(each[Symbol.toStringTag])).map((each) => each.name)`,
    argument: '{}',
    answer: '[]'
  },
  {
    name: 'handles of the host, found by such a walk',
    body: `${WALK}
const names = ['applySync', 'derefInto', 'copyInto', 'createContext', 'compileModule']
return [...seen].filter((each) => names.some((name) => name in each)).length`,
    argument: '{}',
    answer: '0'
  },
  { name: 'this', body: 'return typeof this', answer: '"undefined"' },
  { ...STRICT, name: 'arguments.callee', body: 'return arguments.callee.caller' },
  { ...STRICT, name: 'the caller of a function', body: 'return bad.caller' },
  {
    name: 'functions of the wrapper by their names',
    body: 'return [typeof guest, typeof run, typeof boot, typeof functions, typeof tensors, typeof unbound]',
    answer: JSON.stringify(Array(6).fill('undefined'))
  },
  {
    name: 'the function that the module is put into',
    body: 'return Object.keys(main())',
    answer: '["bad","id"]'
  },
  {
    name: 'functions of the wrapper in a stack trace',
    body: `Error.prepareStackTrace = (_, calls) => calls.map((c) => [c.getFunction(), c.getThis()])
return typeof new Error('x').stack`,
    answer: '"string"'
  },
  {
    name: 'paths of the host in a stack trace',
    body: "return /[\\\\/]\\w|node:/.test(new Error('x').stack)",
    answer: 'false'
  },
  { name: 'a breakpoint', body: 'debugger; return 1', answer: '1' },
  {
    name: 'pollution of prototypes',
    body: `for (const type of [Object, Array, Function, String, Number]) type.prototype.polluted = 1
globalThis.polluted = 1
return {}.polluted`,
    answer: '1'
  },
  {
    name: 'pollution by a key __proto__ of the arguments',
    body: 'return [{}.polluted === undefined, Object.keys(x), { ...x }.polluted === undefined]',
    argument: '{"__proto__":{"polluted":1}}',
    answer: '[true,["__proto__"],true]'
  },
  {
    name: 'pollution by a key __proto__ of the result',
    body: 'return JSON.parse(\'{"__proto__":{"polluted":1}}\')',
    answer: '{"__proto__":{"polluted":1}}'
  },
  {
    name: 'setters on prototypes that wait for the wrapper',
    body: `for (let i = 0; i < 4; i++) {
  Object.defineProperty(Array.prototype, i, { set() { throw { get message() { throw 1 } } } })
  Object.defineProperty(Object.prototype, i, { set() { throw 2 } })
}
return 1`,
    answer: '1'
  },
  {
    name: 'built-in functions that are spoiled for the wrapper',
    body: `const types = [String, Array, RegExp, BigInt, Function, JSON, Object, Proxy, Number, Math, Reflect], { ownKeys } = Reflect
for (let t = 0; t < types.length; t++) {
  for (let holder = types[t]; holder; holder = holder === types[t] ? holder.prototype : undefined) {
    const keys = ownKeys(holder)
    for (let k = 0; k < keys.length; k++) {
      try { if (typeof holder[keys[k]] === 'function') holder[keys[k]] = () => { throw 'spoiled' } } catch {}
    }
  }
}
return 1`,
    answer: '1'
  },
  { name: 'text that looks like a reply', body: "return '=1,1,;=1=1'", answer: '"=1,1,;=1=1"' },
  { ...FROZEN, name: 'a function of udl that is replaced', body: 'udl.topK = () => []' },
  { ...FROZEN, name: 'a function of udl that is deleted', body: 'delete udl.hash.sha256' },
  { ...FROZEN, name: 'udl that is replaced', body: "Object.defineProperty(globalThis, 'udl', { value: {} })" },
  { ...FROZEN, name: 'a console that is replaced', body: 'console.log = () => {}' },
  {
    name: 'anything of udl that is not frozen',
    body: `const open = [], seen = new Set(), next = [['udl', udl]]
while (next.length > 0) {
  const [path, here] = next.pop()
  if ((typeof here !== 'object' && typeof here !== 'function') || here === null || seen.has(here)) continue
  seen.add(here)
  if (!Object.isFrozen(here)) open.push(path)
  for (const key of Reflect.ownKeys(here)) next.push([path + '.' + String(key), here[key]])
}
return open`,
    answer: '[]'
  },
  { ...TENSOR, name: 'the constructor of a tensor', body: 'return x.constructor.constructor' },
  { ...TENSOR, name: 'the prototype of a tensor', body: 'return Object.getPrototypeOf(x)' },
  { ...TENSOR, name: 'a tensor with another prototype', body: 'return Object.setPrototypeOf(x, { polluted: 1 })' },
  { ...TENSOR, name: 'a tensor that is looked into and caught', body: 'try { return x[0] } catch { return 1 }' },
  {
    ...TEXT,
    name: 'the toJSON of a tensor, taken while it is written',
    body: "return { toJSON() { return x.toJSON.constructor('return process')() } }",
    argument: NUMBERS,
    tensors: true,
    code: 'RESULT'
  },
  {
    name: 'numbers of tensors that are made up',
    body: "return ['-0e8881', JSON.rawJSON('-0e8881'), JSON.rawJSON('-0e88899999999')]",
    argument: NUMBERS,
    tensors: true,
    code: 'RESULT',
    says: /-0e8881 at \d+, which stands for a list of another call/
  }
]
