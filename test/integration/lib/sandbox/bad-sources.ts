import type { BadSource } from './bad-input.ts'

const ID = 'export const id = (x) => x'

/** Modules that are no hooks. */
export const BAD_SOURCES: readonly BadSource[] = [
  {
    name: 'code of 5 MB',
    source: `${ID}\n//${'x'.repeat(5e6)}`,
    says: /^ the source has 50\d+ characters, at most 1048576/
  },
  { name: 'a syntax error', source: `${ID}\nexport const a = ;`, says: /^2:18: Unexpected token ';'/ },
  { name: 'a syntax error of TypeScript', source: `${ID}\nexport const a: = 1`, language: 'ts', says: /^2: / },
  { name: 'TypeScript that is more than types', source: `${ID}\nenum A { B }`, language: 'ts', says: /^2: .*enum/ },
  {
    name: 'brackets that nest 400,000 deep',
    source: `${ID}\n${'['.repeat(4e5)}`,
    says: /^ Maximum call stack size exceeded$/
  },
  {
    name: 'TypeScript that nests 100,000 deep',
    source: `${ID}\nconst a = ${'['.repeat(1e5)}${']'.repeat(1e5)}`,
    language: 'ts',
    says: /./
  },
  { name: 'no exports', source: 'const id = (x) => x', says: /^ it exports no function/ },
  { name: 'exports that are no functions', source: 'export const id = 1', says: /^ it exports no function/ },
  { name: 'an export of what there is not', source: 'export { id }', says: /^1:10: Export 'id' is not defined/ },
  { name: 'an unknown form of long integers', source: `${ID}; export const int64 = 7`, says: /int64 is 7, expected/ },
  {
    name: 'a word export in a thousand comments',
    source: `${ID}\n${'/* export */'.repeat(1001)}`,
    says: /^ found the word export 1002 times, at most 1000/
  },
  { name: 'top-level code that throws', source: `${ID}\nthrow new Error('top')`, says: /^2:7: .*threw Error: top/ },
  {
    name: 'top-level code that throws what loops',
    source: `${ID}\nthrow { get message() { for (;;); } }`,
    says: /top-level code ran longer than 100 ms/
  },
  { name: 'top-level code that loops', source: `${ID}\nfor (;;);`, says: /top-level code ran longer than 100 ms/ },
  {
    name: 'an export that loops when it is read',
    source: `${ID}\nexport const samples = { toJSON() { for (;;); } }`,
    says: /top-level code ran longer than 100 ms/
  }
]

/** Ways to another module, and to code that outlasts its call. */
export const SOURCE_ESCAPES: readonly BadSource[] = [
  { name: 'import of a module', source: `import fs from 'node:fs'\n${ID}`, says: /^1:1: found 'import'/ },
  { name: 'import at run time', source: `${ID}\nexport const f = () => import('fs')`, says: /^2:24: found 'import'/ },
  { name: 'import.meta', source: `${ID}\nexport const url = import.meta.url`, says: /^2:20: found 'import'/ },
  { name: 'export from another module', source: `${ID}\nexport { a } from 'fs'`, says: /^2:\d+: found 'export from'/ },
  { name: 'export of all of another module', source: `${ID}\nexport * from 'fs'`, says: /^2:\d+: found 'export \*'/ },
  { name: 'microtasks without end by async', source: `${ID}\nconst f = async () => f()`, says: /^2:11: found 'async'/ },
  { name: 'async inside a template', source: `${ID}\nconst t = \`\${async () => 1}\``, says: /^2:14: found 'async'/ },
  { name: 'await at the top', source: `${ID}\nawait 1`, says: /^2:1: found 'await'/ },
  {
    name: 'import written with escapes',
    source: `${ID}\nimp\\u006frt('fs')`,
    says: /^2:1: Keyword must not contain escaped/
  },
  { name: 'async written with escapes', source: `${ID}\nconst f = \\u0061sync () => 1`, says: /^2:11: Malformed/ },
  {
    name: 'a brace that closes what the module is put into',
    source: `${ID}\n}; { throw 1`,
    says: /^2:1: Unexpected token '}'/
  },
  {
    name: 'a comment that hides what follows the module',
    source: `${ID} /*`,
    says: /^1:28: Invalid or unexpected token/
  },
  { name: 'return at the top', source: `${ID}\nreturn { id }`, says: /^2:1: Illegal return/ },
  {
    name: 'an export whose name is code',
    source: `${ID}\nexport { id as '], x: [' }`,
    says: /found '\{ id as '|cannot export/
  }
]
