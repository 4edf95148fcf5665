import { stringify } from 'yaml'
import type { Difference } from '#contracts/api/difference'
import { renderTable } from '#core/table'
import type { Output } from './options.ts'

/** Prints a value as JSON or YAML, or rows as a table. `none` is said where there are no rows. */
export function show(value: unknown, output: Output, rows: readonly object[], none: string): void {
  if (output === 'json') console.log(JSON.stringify(value, null, 2))
  else if (output === 'yaml') console.log(stringify(value).trimEnd())
  else console.log(rows.length === 0 ? none : renderTable(rows))
}

/** Prints what was done as JSON or YAML, or as a line for a person. */
export function showDone(value: object, output: Output, line: string): void {
  if (output === 'table') console.log(line)
  else show(value, output, [], '')
}

/** One line per place: `- path: before`, `+ path: after`, `~ path: before → after`. */
export function renderDifference(difference: readonly Difference[]): string {
  return difference
    .map((item) => {
      const path = item.path === '' ? '(whole document)' : item.path
      if (!Object.hasOwn(item, 'before')) return `  + ${path}: ${shorten(item.after)}`
      if (!Object.hasOwn(item, 'after')) return `  - ${path}: ${shorten(item.before)}`
      return `  ~ ${path}: ${shorten(item.before)} → ${shorten(item.after)}`
    })
    .join('\n')
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}

/** Wall clock as people read it, UTC: `2026-11-27 09:30:00Z`. */
export const shownTime = (ms: number): string => `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)}Z`

/** Parts per million as `75%`. */
export const shownShare = (ppm: number): string => `${ppm / 10_000}%`
