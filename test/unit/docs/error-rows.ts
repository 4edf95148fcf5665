import { globSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { ErrorRow } from '#core/errors'
import { repositoryPath } from './markdown.ts'

/** All rows that one folder of `src` declares. */
export interface FolderRows {
  /** As `src/lib/json`. */
  readonly folder: string
  readonly rows: readonly ErrorRow[]
}

/** Files in which rows are declared: `errors.ts` and `…-errors.ts` of every folder, and core's own two. */
const DECLARING = [
  'src/core/{errors,config}.ts',
  'src/{contracts,lib,apps}/**/errors.ts',
  'src/{lib,apps}/**/*-errors.ts'
]

/** Imports every file that declares error rows and gives them by folder, both in alphabetical order. */
export async function collectErrorRows(): Promise<FolderRows[]> {
  const files = globSync(DECLARING, { cwd: repositoryPath('') }).map((file) => file.replaceAll('\\', '/'))
  const byFolder = new Map<string, ErrorRow[]>()
  for (const file of files.sort()) {
    const exported = (await import(pathToFileURL(repositoryPath(file)).href)) as Record<string, unknown>
    const folder = file.slice(0, file.lastIndexOf('/'))
    const rows = byFolder.get(folder) ?? []
    for (const value of Object.values(exported)) rows.push(...rowsIn(value))
    byFolder.set(folder, rows)
  }
  return [...byFolder]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, rows]) => ({ folder, rows: rows.sort((a, b) => (a.code < b.code ? -1 : 1)) }))
}

/** The part of docs/errors.md that lists them: one table per folder. */
export function renderErrorRows(folders: readonly FolderRows[]): string {
  return folders
    .filter(({ rows }) => rows.length > 0)
    .map(({ folder, rows }) => [`### ${folder}`, '', HEAD, RULE, ...rows.map(renderRow)].join('\n'))
    .join('\n\n')
}

const HEAD = '| code | fault | again? | meaning | what to do |'
const RULE = '|---|---|---|---|---|'

const renderRow = ({ code, fault, retryable, text, remedy }: ErrorRow): string =>
  `| \`${code}\` | ${fault} | ${retryable ? 'yes' : 'no'} | ${bars(text)} | ${bars(remedy)} |`

const bars = (text: string): string => text.replaceAll('|', '\\|')

function rowsIn(value: unknown): ErrorRow[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).filter(isErrorRow)
}

function isErrorRow(value: unknown): value is ErrorRow {
  if (typeof value !== 'object' || value === null) return false
  const { code, remedy } = value as Partial<ErrorRow>
  return typeof code === 'string' && code.startsWith('ABOX_') && typeof remedy === 'string'
}
