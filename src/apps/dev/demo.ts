import { readFile, writeFile } from 'node:fs/promises'
import type { CallRecord } from '#contracts/call-record'
import { silentLogger } from '#core/logger'
import { renderTable } from '#core/table'
import { type Embedded, startEmbedded } from './embedded.ts'
import { Load } from './load.ts'
import { runSplit } from './operator.ts'
import { until } from './until.ts'

/** A stretch of calls under one split; the generation of the Model document grows by one with each. */
interface Phase {
  /** Percent for the variant `legacy`. */
  readonly legacy: number
  /** What has moved the split. */
  readonly by: string
  readonly move: (abox: Embedded, print: Print) => Promise<unknown>
}

type Print = (line: string) => void

const PHASES: readonly Phase[] = [
  { legacy: 75, by: 'documents.yaml', move: async () => {} },
  { legacy: 0, by: 'documents.yaml', move: (abox) => editSplit(abox, 0) },
  { legacy: 50, by: 'split shift', move: shiftBack },
  {
    legacy: 0,
    by: 'split undo',
    move: (abox, print) => runSplit(abox, print, ['undo', 'rank', '--reason', 'it was an exercise', '--wait', 'all'])
  }
]
const WORKERS = 8
const CALLS_PER_PHASE = 1000

/** One line of the demo's table. */
interface PhaseRow {
  readonly split: string
  readonly by: string
  readonly calls: number
  readonly legacy: number
  readonly seldon: number
  readonly p50: string
  readonly p99: string
  readonly errors: number
  readonly records: number
}

/**
 * Starts everything in this process, calls it over TCP and moves the split while calls flow: by the documents file, then
 * by the operator's commands. Answers 0 when every answer was right, every call has its record and each phase's split is
 * exact; 1 with the reasons otherwise.
 */
export async function runDemo(print: Print): Promise<number> {
  print('starting two sample model servers, a manager and a gateway in this process …')
  const abox = await startEmbedded({ host: '127.0.0.1', dubboPort: 0, log: silentLogger, tell: print })
  try {
    print(
      `gateway: dubbo://${abox.gateway.address}   manager: ${abox.manager.url}   models: ${abox.legacy.origin} (legacy), ${abox.seldon.origin} (seldon)`
    )
    const problems: string[] = []
    const load = new Load('127.0.0.1', abox.gateway.port)
    load.start(WORKERS)
    const phases: { latencies: number[]; calls: number; errors: number }[] = []
    for (const [index, { legacy, by, move }] of PHASES.entries()) {
      await move(abox, print)
      await until(`generation ${index + 1} of the split`, () => abox.gateway.state().applied[MODEL] === index + 1)
      if (index > 0) load.take()
      print(`split legacy/seldon ${shareOf(legacy)} by ${by}: calling …`)
      await until(`${CALLS_PER_PHASE} calls`, () => load.result.calls >= CALLS_PER_PHASE)
      const { latenciesMs, calls, errors, wrong, firstProblem } = load.take()
      phases.push({ latencies: latenciesMs.sort((a, b) => a - b), calls, errors: errors + wrong })
      if (firstProblem !== undefined)
        problems.push(`phase ${index + 1}: ${errors} errors, ${wrong} wrong: ${firstProblem}`)
    }
    await load.stop()
    await abox.gateway.flush()
    const records = await readRecords(abox.records)
    problems.push(...checkRecords(records))
    const rows = phases.map(({ latencies, calls, errors }, index): PhaseRow => {
      const own = records.filter(({ generation }) => generation === index + 1)
      const { legacy = 0, by = '' } = PHASES[index] ?? {}
      return {
        split: shareOf(legacy),
        by,
        calls,
        legacy: own.filter(({ variant }) => variant === 'legacy').length,
        seldon: own.filter(({ variant }) => variant === 'seldon').length,
        p50: `${percentile(latencies, 0.5).toFixed(2)} ms`,
        p99: `${percentile(latencies, 0.99).toFixed(2)} ms`,
        errors,
        records: own.length
      }
    })
    print('')
    print(renderTable(rows))
    print('')
    print(`calls counts the caller's side of each phase; legacy, seldon and records count all calls of its generation`)
    for (const problem of problems) print(`MISMATCH ${problem}`)
    print(problems.length === 0 ? 'everything adds up' : `${problems.length} mismatches`)
    return problems.length === 0 ? 0 : 1
  } finally {
    await abox.close()
  }
}

const MODEL = 'models/rank'
const shareOf = (legacy: number): string => `${legacy}/${100 - legacy}`

/** Writes the new weights into the documents file. */
async function editSplit(abox: Embedded, legacyPercent: number): Promise<void> {
  const text = await readFile(abox.documents, 'utf8')
  const weights = `weights: {legacy: ${legacyPercent * 10_000}, seldon: ${1_000_000 - legacyPercent * 10_000}}`
  await writeFile(abox.documents, text.replace(/weights: \{.*\}/, weights))
}

/** What an operator types: looking, then moving, and waiting until the gateway says that it runs it. */
async function shiftBack(abox: Embedded, print: Print): Promise<void> {
  await runSplit(abox, print, ['get', 'rank'])
  const reason = 'half of the calls back to legacy'
  await runSplit(abox, print, ['shift', 'rank', 'seldon=50%', '--reason', reason, '--wait', 'all'])
}

async function readRecords(path: string): Promise<CallRecord[]> {
  const text = await readFile(path, 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CallRecord)
}

/** Sequence without gaps, every outcome ok, and the split within one call per method in each generation. */
function checkRecords(records: readonly CallRecord[]): string[] {
  const problems: string[] = []
  for (const [index, { seq }] of [...records].sort((a, b) => a.seq - b.seq).entries()) {
    if (seq === index) continue
    problems.push(`records: found seq ${seq}, expected ${index}`)
    break
  }
  const failed = records.filter(({ outcome }) => outcome !== 'ok')
  if (failed.length > 0) problems.push(`records: ${failed.length} with outcome ${failed[0]?.outcome}`)
  for (const [index, { legacy: percent }] of PHASES.entries()) {
    for (const method of ['score', 'rank']) {
      const own = records.filter((record) => record.generation === index + 1 && record.method === method)
      const legacy = own.filter(({ variant }) => variant === 'legacy').length
      const off = legacy - (own.length * percent) / 100
      if (own.length === 0 || Math.abs(off) >= 1) {
        problems.push(`split ${percent} %: ${method} sent ${legacy} of ${own.length} to legacy, ${off.toFixed(2)} off`)
      }
    }
  }
  return problems
}

const percentile = (sorted: readonly number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0
