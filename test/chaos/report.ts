import { renderTable } from '#core/table'
import type { Row } from './sequence.ts'

/** More memory after a fault than this is a leak, or a buffer that it filled: so many times what was there before, and MB. */
const MEMORY_FACTOR = 1.5
const MEMORY_MB = 100

/**
 * Calls that a consumer lost beyond what the fault may cost it, counters that do not show it, memory that is not given
 * back, and whatever else went wrong; nothing = passed.
 */
export function problemsOf(row: Row): readonly string[] {
  const { consumers, begunBefore = Number.POSITIVE_INFINITY, silent, problem } = row
  const lost = consumers.flatMap(({ dubbo, failed, wrong, allowed, lastFailureBegunAt }) => [
    ...(allowed !== undefined && failed > allowed ? [`${dubbo}: ${failed} failed calls, ${allowed} allowed`] : []),
    ...(lastFailureBegunAt > begunBefore
      ? [`${dubbo}: a call failed that began ${lastFailureBegunAt - begunBefore} ms after the fault`]
      : []),
    // No fault may give a caller a wrong answer.
    ...(wrong > 0 ? [`${dubbo}: ${wrong} wrong answers`] : [])
  ])
  const before = megabytes(row.memoryBefore)
  const after = megabytes(row.memoryAfter)
  const most = Math.round(MEMORY_FACTOR * before + MEMORY_MB)
  return [
    ...lost,
    ...silent.map((name) => `${name} did not grow`),
    ...row.missing.map((name) => `${name} is not in /metrics`),
    ...(after > most ? [`memory: ${before} MB before, ${after} MB after, at most ${most} allowed`] : []),
    ...(problem === undefined ? [] : [problem])
  ]
}

/** Failed calls whose exception names no error of ABox: it was not there, or later than the consumer's own time-out. */
const uncoded = (texts: Readonly<Record<string, number>>): number =>
  Object.entries(texts).reduce((sum, [text, times]) => (/ABOX_[A-Z]/.test(text) ? sum : sum + times), 0)

/** One line a fault. */
export function reportTable(rows: readonly Row[]): string {
  return renderTable(rows.map(cellsOf))
}

/** The exceptions behind the failed calls, by fault and consumer, and what the gateway said in rows that did not pass. */
export function reportDetails(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const problems = problemsOf(row)
    const texts = row.consumers.flatMap(({ dubbo, texts: its }) => counted(its, `  ${dubbo}: `))
    const log = problems.length === 0 ? [] : counted(row.log, '  log: ')
    const all = [...problems.map((each) => `  NOT PASSED: ${each}`), ...texts, ...log]
    return all.length === 0 ? [] : [row.fault, `  outcomes: ${row.outcomes.join('; ')}`, ...all]
  })
  return lines.join('\n')
}

/** Texts that differ only in where and which call it was are counted together. */
function counted(texts: Readonly<Record<string, number>>, before: string): string[] {
  const counts = new Map<string, number>()
  for (const [text, times] of Object.entries(texts)) {
    const short = text
      .replace(/\s+/g, ' ')
      .replace(/ \[trace [^\]]*\]/, '')
      .replace(/(Failed to invoke the method) .* Last error is: /, '$1: ')
      .slice(0, MAX_TEXT)
    counts.set(short, (counts.get(short) ?? 0) + times)
  }
  return Array.from(counts, ([text, times]) => `${before}${times} x ${text}`)
}

const MAX_TEXT = 300

function cellsOf(row: Row): object {
  const calls = row.consumers.reduce((sum, each) => sum + each.calls, 0)
  const per = (count: number): string => (count / Math.max(1, calls)).toFixed(2)
  return {
    fault: row.fault,
    s: row.seconds,
    calls,
    ...Object.fromEntries(row.consumers.map(({ dubbo, failed }) => [`failed ${dubbo}`, failed])),
    allowed: [...new Set(row.consumers.map((each) => each.allowed ?? 'any'))].join('/'),
    'no code': row.consumers.reduce((sum, { texts }) => sum + uncoded(texts), 0),
    wrong: row.consumers.reduce((sum, each) => sum + each.wrong, 0),
    'gap ms': row.consumers.reduce((longest, { gapMs }) => Math.max(longest, gapMs), 0),
    'MB before': megabytes(row.memoryBefore),
    'MB after': megabytes(row.memoryAfter),
    'gateway/call': per(row.gatewayCalls),
    'model/call': per(row.modelRequests),
    passed: problemsOf(row).length === 0 ? 'yes' : 'NO',
    'what shows it': [...row.notes, ...row.counters].join('; ')
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
