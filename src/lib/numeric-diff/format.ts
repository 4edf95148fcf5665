import type { JsonDifferences } from './compare.ts'
import { type Difference, type FieldDifferences, failures } from './fields.ts'

export interface FormatOptions {
  /** What the two sides are called; `left` and `right`. */
  readonly names?: readonly [left: string, right: string]
  /** Fields that are shown; 20. */
  readonly maxFields?: number
  /** Whether fields without any difference are shown, too. */
  readonly all?: boolean
}

/**
 * The differences as lines for people, field by field, the worst first; below each field the worst place of it.
 *
 * ```
 * predictions[].score    5 different of 100, max relative 0.2; 3 within
 *     predictions[7].score: left 0.5, right 0.4
 * ```
 */
export function formatDifferences(differences: JsonDifferences, options: FormatOptions = {}): string {
  const { names = ['left', 'right'], maxFields = 20, all = false } = options
  const fields = differences.fields.filter(({ worst }) => all || worst !== undefined)
  if (fields.length === 0)
    return differences.equal === 0 ? 'nothing compared' : `no difference in ${differences.equal} values`
  const shown = fields.slice(0, maxFields)
  const width = Math.min(48, Math.max(...shown.map(({ field }) => nameOf(field).length)))
  const lines = shown.flatMap((field) => {
    const head = `${nameOf(field.field).padEnd(width)}  ${summaryOf(field)}`
    return field.worst === undefined ? [head] : [head, `    ${placeOf(field.worst, names)}`]
  })
  if (fields.length > maxFields) lines.push(`and ${fields.length - maxFields} more fields`)
  return lines.map(printable).join('\n')
}

const nameOf = (field: string): string => (field === '' ? '(whole)' : field)

function summaryOf(field: FieldDifferences): string {
  const { equal, within, maxRelative } = field
  const total = equal + within + failures(field)
  const parts = (['different', 'nan', 'missing', 'extra'] as const).flatMap((kind) =>
    field[kind] > 0 ? [`${field[kind]} ${kind === 'nan' ? 'NaN' : kind}`] : []
  )
  if (within > 0) parts.push(`${within} within tolerance`)
  if (parts.length === 0) return `${equal} equal`
  const apart = maxRelative > 0 ? `, max relative ${maxRelative.toPrecision(3)}` : ''
  return `${parts.join(', ')} of ${total}${apart}`
}

function placeOf({ path, left, right, source }: Difference, [nameLeft, nameRight]: readonly [string, string]): string {
  const where = source === '' ? nameOf(path) : `${source} ${nameOf(path)}`
  return `${where}: ${nameLeft} ${left ?? 'has none'}, ${nameRight} ${right ?? 'has none'}`
}

/** Values come from calls and go to a terminal. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go.
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')
