import { appendFile, readFile } from 'node:fs/promises'
import { describe } from '#core/errors'
import type { WeighedVersion } from './documents.ts'
import { fileError } from './source.ts'

/**
 * One change by `abox hook`, one JSON line in `<documents>.hooks.jsonl`, oldest first:
 *
 *   {"ts", "action", "hook", "generation", "by", "reason", "before": [{"digest", "ppm"} …], "after": [ … ]}
 *
 * `ts` is ISO 8601, `generation` that of the document afterwards; `before` is empty for a new hook.
 */
export interface VersionChange {
  readonly ts: string
  readonly action: 'push' | 'promote' | 'rollback'
  readonly hook: string
  readonly generation: number
  readonly by: string
  readonly reason: string
  readonly before: readonly WeighedVersion[]
  readonly after: readonly WeighedVersion[]
}

const pathOf = (documents: string): string => `${documents}.hooks.jsonl`

/** The changes of one hook, newest first. A line that was cut off by a full disk is passed over. ABOX_HOOK_FILE. */
export async function readHistory(documents: string, hook: string): Promise<VersionChange[]> {
  const path = pathOf(documents)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw fileError(path, describe(error), error)
  })
  return text
    .split('\n')
    .flatMap((line) => parseLine(line) ?? [])
    .filter((change) => change.hook === hook)
    .reverse()
}

function parseLine(line: string): VersionChange | undefined {
  try {
    const change = JSON.parse(line) as VersionChange
    return Array.isArray(change.before) && Array.isArray(change.after) ? change : undefined
  } catch {
    return undefined
  }
}

/**
 * After the documents were replaced. A change that is lost between the two is no harm: `rollback` takes versions that no
 * line ends with for a change by hand. ABOX_HOOK_FILE.
 */
export async function appendHistory(documents: string, change: VersionChange): Promise<void> {
  const path = pathOf(documents)
  try {
    const there = await readFile(path, 'utf8').catch(() => '')
    const start = there === '' || there.endsWith('\n') ? '' : '\n'
    await appendFile(path, `${start}${JSON.stringify(change)}\n`)
  } catch (error) {
    throw fileError(path, `the documents are changed, but the change cannot be kept here: ${describe(error)}`, error)
  }
}
