import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { describe, test } from 'node:test'
import { linksOf, readText, repositoryPath } from './markdown.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'src/lib/*/README.md'], { cwd: repositoryPath('') }).map((page) =>
  page.replaceAll('\\', '/')
)

describe('the pages', () => {
  for (const page of pages) {
    test(`${page}: every link into the repository leads to a file and a heading that exist`, () => {
      for (const link of linksOf(readText(page))) {
        if (/^[a-z]+:/.test(link)) continue
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : posix.normalize(posix.join(dirname(page).replaceAll('\\', '/'), path))
        assert.ok(existsSync(repositoryPath(target)), `${link}: there is no ${target}`)
        if (anchor !== undefined)
          assert.ok(anchorsOf(target).includes(anchor), `${link}: ${target} has ${anchorsOf(target).join(', ')}`)
      }
    })
  }

  test('every page of docs/ is reached from README.md by links', () => {
    const seen = new Set<string>()
    const visit = (page: string): void => {
      if (seen.has(page) || !page.endsWith('.md') || !existsSync(repositoryPath(page))) return
      seen.add(page)
      for (const link of linksOf(readText(page))) {
        if (!/^[a-z]+:/.test(link)) visit(posix.normalize(posix.join(posix.dirname(page), link.split('#')[0] ?? '')))
      }
    }
    visit('README.md')
    assert.deepEqual(
      pages.filter((page) => !seen.has(page)),
      []
    )
  })
})

/** As code hosts make them: lower case, spaces to hyphens, other signs away. */
function anchorsOf(page: string): string[] {
  return [...readText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
  )
}
