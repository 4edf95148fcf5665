import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { blocksOf, readText, repositoryPath } from './markdown.ts'

/** What the example of each README prints. */
const PRINTED: Readonly<Record<string, string>> = {
  hessian2: `{"t":"map","id":0,"v":[[{"t":"string","v":"id"},{"t":"long","v":"9007199254740993"}],[{"t":"string","v":"score"},{"t":"double","v":"1.0","bits":"3ff0000000000000"}]]}
{"id":9007199254740993,"score":1.0}
`,
  dubbo: 'hi\n'
}

describe('the README of a lib', () => {
  for (const [lib, printed] of Object.entries(PRINTED)) {
    test(`${lib}: the example is about ten lines long, and prints what it says`, () => {
      const example =
        blocksOf(readText(`src/lib/${lib}/README.md`)).find(({ language }) => language === 'ts')?.text ?? ''
      const code = example
        .trim()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('import '))
      assert.ok(code.length <= 10, `${code.length} lines`)
      assert.equal(run(example), printed)
    })
  }
})

/** Runs it as a program of its own: the import map of the package does not reach where it is written. */
function run(example: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'abox-readme-'))
  try {
    const file = join(folder, 'example.ts')
    const source = (name: string): string => pathToFileURL(repositoryPath(`src/lib/${name}/index.ts`)).href
    writeFileSync(
      file,
      example.replaceAll(/'#lib\/(\w+)'/g, (_, name: string) => `'${source(name)}'`)
    )
    return execFileSync(process.execPath, ['--no-warnings', file], { encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
