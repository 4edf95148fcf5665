import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blocksOf, readText } from './markdown.ts'

interface Package {
  readonly scripts: Readonly<Record<string, string>>
}

const PAGES = ['README.md', 'README.zh-CN.md'] as const

describe('README', () => {
  for (const page of PAGES) {
    test(`${page}: the first block has exactly the two set-up commands`, () => {
      assert.equal(blocksOf(readText(page))[0]?.text, 'npm ci && npm run demo\nnpm ci && npm test\n')
    })

    test(`${page}: the Java example has at most 30 lines and calls the gateway directly`, () => {
      const java = blocksOf(readText(page)).find(({ language }) => language === 'java')?.text ?? ''
      assert.ok(java.trim().split('\n').length <= 30)
      assert.match(java, /"dubbo:\/\/127\.0\.0\.1:20880\?generic=true"/)
    })
  }

  test('both languages show the same blocks', () => {
    const [english, chinese] = PAGES.map((page) => blocksOf(readText(page)).map(withoutComments))
    assert.deepEqual(chinese, english)
  })

  test('every npm script and abox command named in the pages exists', () => {
    const { scripts } = JSON.parse(readText('package.json')) as Package
    const commands = [...readText('src/bin/main.ts').matchAll(/^ {2}'?([a-z-]+)'?: async/gm)].map(([, name]) => name)
    for (const page of [...PAGES, 'CONTRIBUTING.md', 'docs/operations.md', 'docs/hooks.md']) {
      const text = readText(page)
      for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
        assert.ok(script in scripts, `${page}: npm run ${script}`)
      for (const [, command] of text.matchAll(/(?:npm run abox --|^abox|`abox) ([a-z-]+)/gm)) {
        assert.ok(commands.includes(command), `${page}: abox ${command}`)
      }
    }
  })
})

/** Comments are in the page's language; the rest must be the same. */
const withoutComments = ({ language, text }: { language: string; text: string }): string =>
  language + text.replaceAll(/\s*(#|\/\/ ).*$/gm, '')
