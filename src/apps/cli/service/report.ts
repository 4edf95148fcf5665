import type { Service } from '#contracts/service'
import { createTypes } from '#lib/java-types'
import type { Difference } from './differences.ts'
import type { ServiceDraft } from './draft.ts'
import { type ConsumerNote, consumerNotes, mergeNotes } from './notes.ts'

/** What an import says of one service. */
export interface ServiceReport {
  readonly service: string
  readonly source: string
  readonly differences: readonly Difference[]
  /** What stays for a person to do. */
  readonly left: readonly string[]
  readonly notes: readonly ConsumerNote[]
  readonly warnings: readonly string[]
}

/** The notes of all methods of a draft, each once; on top of what the document says otherwise. */
export function notesOf(draft: ServiceDraft, service: Service): ConsumerNote[] {
  const types = createTypes({ ...service.types, ...draft.types })
  return mergeNotes(draft.methods.flatMap((method) => consumerNotes(method, types)))
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const

/** Names come out of jars and registries, and go to a terminal. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go.
  text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')

/** The differences as lines: sign, what, place, values; below each what comes of it. */
export function renderDifferences(report: ServiceReport): string {
  const lines = [`${report.service}: compared with ${report.source}`]
  if (report.differences.length === 0) lines.push('  no difference')
  for (const { kind, what, place, from, to, effects, breaks } of report.differences) {
    const values = [from, to].filter((text) => text !== undefined).join(' -> ')
    lines.push(`  ${SIGNS[kind]} ${what} ${place}${values === '' ? '' : `: ${values}`}${breaks ? '  [breaks]' : ''}`)
    for (const effect of effects) lines.push(`      ${effect}`)
  }
  return printable(lines.join('\n'))
}

/** Notes and warnings as lines, empty when there are none. */
export function renderRemarks({ notes, warnings, left }: ServiceReport): string {
  const lines = [
    ...left.map((text) => `to do: ${text}`),
    ...notes.map(({ place, consumers, what }) => `note: ${place}: ${consumers}: ${what}`),
    ...warnings.map((text) => `warning: ${text}`)
  ]
  return printable(lines.join('\n'))
}
