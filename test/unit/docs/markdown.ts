import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A table of a Markdown page: its heads, and one list of cells per row. */
export interface MarkdownTable {
  /** The nearest heading above it, without its marks. */
  readonly heading: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A fenced block: the word behind the fence, and the text. */
export interface MarkdownBlock {
  readonly language: string
  readonly text: string
}

/** The full path of a file of the repository. */
export const repositoryPath = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

export const readText = (path: string): string => readFileSync(repositoryPath(path), 'utf8').replaceAll('\r\n', '\n')

/** Every table of the page, in order. Cells are trimmed; `\|` inside a cell is a bar. */
export function tablesOf(markdown: string): MarkdownTable[] {
  const tables: MarkdownTable[] = []
  let heading = ''
  let heads: string[] | undefined
  let rows: string[][] = []
  const finish = (): void => {
    if (heads !== undefined) tables.push({ heading, heads, rows })
    heads = undefined
    rows = []
  }
  for (const line of withoutBlocks(markdown).split('\n')) {
    if (line.startsWith('|')) {
      const cells = cellsOf(line)
      if (heads === undefined) heads = cells
      else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) rows.push(cells)
      continue
    }
    finish()
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '').trim()
  }
  finish()
  return tables
}

/** The one table below a heading. Throws with what there is when it is not there. */
export function tableUnder(markdown: string, heading: string): MarkdownTable {
  const tables = tablesOf(markdown)
  const found = tables.find((table) => table.heading === heading)
  if (found !== undefined) return found
  throw new Error(
    `found tables under ${tables.map((table) => `"${table.heading}"`).join(', ')}, expected one under "${heading}"`
  )
}

/** Every fenced block of the page, in order. */
export function blocksOf(markdown: string): MarkdownBlock[] {
  return [...markdown.matchAll(FENCE)].map(([, language = '', text = '']) => ({ language, text }))
}

/** What stands between back quotes in a cell or a page, in order. */
export const codesOf = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

/** Destinations of all links, as written. */
export function linksOf(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

const FENCE = /^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm

const withoutBlocks = (markdown: string): string => markdown.replaceAll(FENCE, '')

function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim())
}
