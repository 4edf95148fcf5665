import { styleText } from 'node:util'
import { printable } from '#core/printable'
import { renderTable } from '#core/table'
import type { LineCoverage } from '#lib/sandbox'
import type { HookCost } from './measure.ts'
import type { Placement } from './placement.ts'
import type { SampleResult, StepResult } from './run.ts'

/** All that `abox hook test` says about one file. */
export interface HookTestReport {
  readonly file: string
  readonly hook: string
  readonly digest: string
  readonly placement: Placement
  readonly ok: boolean
  readonly samples: readonly SampleResult[]
  readonly coverage: LineCoverage
  /** Why there is none; its lists are then empty. */
  readonly coverageMissing?: string | undefined
  /** Only when all samples passed. */
  readonly cost: Omit<HookCost, 'p50Us'> | undefined
  /** What the hook wrote to `console`, first lines. */
  readonly logs: readonly string[]
}

const MAX_DIFFERENCES = 20

/** What `abox hook test` prints for a person; with `showLines` the lines that never ran, as they are written. */
export function renderTestReport(report: HookTestReport, code: string, showLines: boolean): string {
  const out = [`${report.hook}   ${report.file}   in ${PLACES[report.placement]}`]
  for (const { name, ok, steps } of report.samples) {
    const mark = ok ? styleText('green', 'ok  ') : styleText('red', 'FAIL')
    const times = steps.map(({ fn, p50Us }) => (p50Us === undefined ? fn : `${fn} ${p50Us} µs`)).join('   ')
    out.push(`  ${mark}  ${printable(name)}   ${times}`)
    for (const step of steps) out.push(...renderStep(step))
  }
  for (const line of report.logs) out.push(`  log   ${printable(line)}`)
  out.push(...renderCoverage(report, code, showLines))
  const failed = report.samples.filter(({ ok }) => !ok).length
  out.push(`  ${report.samples.length} samples, ${failed} failed`, ...renderCost(report))
  return out.join('\n')
}

const PLACES = { instance: 'this process', sandbox: 'the sandbox process' }

function renderStep({ fn, ok, differences, error }: StepResult): string[] {
  if (ok) return []
  if (error !== undefined) return [`        ${fn}: ${printable(error.message)}`]
  const shown = differences.slice(0, MAX_DIFFERENCES).map(({ path, expected, found }) => ({
    [fn]: path === '' ? '(whole)' : printable(path),
    expected: printable(expected ?? '(nothing)'),
    found: printable(found ?? '(nothing)')
  }))
  const more = differences.length - shown.length
  return [
    ...renderTable(shown)
      .split('\n')
      .map((line) => `        ${line}`),
    ...(more > 0 ? [`        and ${more} more`] : [])
  ]
}

function renderCoverage({ coverage, coverageMissing }: HookTestReport, code: string, showLines: boolean): string[] {
  if (coverageMissing !== undefined) return [`  lines were not counted: ${printable(coverageMissing)}`]
  const { lines, missed, uncalled } = coverage
  const ran = lines.length - missed.length
  const share = lines.length === 0 ? 100 : Math.floor((ran / lines.length) * 1000) / 10
  const where = missed.length === 0 ? '' : `; never ran: ${ranges(missed)}`
  const out = [`  lines ${ran} of ${lines.length} (${share} %)${where}`]
  if (uncalled.length > 0) out.push(`  never called: ${printable(uncalled.join(', '))}`)
  if (showLines) {
    const texts = code.split('\n')
    for (const line of missed)
      out.push(`  ${String(line).padStart(6)} | ${printable((texts[line - 1] ?? '').trimEnd())}`)
  }
  return out
}

function renderCost({ cost }: HookTestReport): string[] {
  if (cost === undefined) return []
  const out = [
    `  memory ${kilobytes(cost.bytesPerCall)} per call, ${kilobytes(cost.memoryBytes)} held; times are medians of single calls`
  ]
  if (cost.unstable.length > 0) {
    out.push(
      `  warning: another result the second time, so the sample proves nothing: ${printable(cost.unstable.join(', '))}`
    )
  }
  return out
}

/** As `3, 7-9`. */
function ranges(lines: readonly number[]): string {
  const out: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const from = lines[i] as number
    while (lines[i + 1] === (lines[i] as number) + 1) i++
    out.push(from === lines[i] ? String(from) : `${from}-${lines[i] ?? ''}`)
  }
  return out.join(', ')
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`
