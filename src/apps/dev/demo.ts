import { readFile, writeFile } from 'node:fs/promises'
import type { CallRecord } from '#contracts/call-record'
import { silentLogger } from '#core/logger'
import { renderTable } from '#core/table'
import { type Embedded, startEmbedded } from './embedded.ts'
import { Load } from './load.ts'

/** The split of each phase, in percent for legacy; the generation of the Model document grows by one with each. */
const PHASES = [75, 50, 0] as const
const WORKERS = 8
const CALLS_PER_PHASE = 1000

/** One line of the demo's table. */
interface PhaseRow {
  readonly split: string
  readonly calls: number
  readonly legacy: number
  readonly seldon: number
  readonly p50: string
  readonly p99: string
  readonly errors: number
  readonly records: number
}

/**
 * Starts everything in this process, calls it over TCP and moves the split while calls flow. Answers 0 when every
 * answer was right, every call has its record and each phase's split is exact; 1 with the reasons otherwise.
 */
export async function runDemo(print: (line: string) => void): Promise<number> {
  print('starting two sample model servers and a gateway in this process …')
  const abox = await startEmbedded({ host: '127.0.0.1', dubboPort: 0, log: silentLogger })
  try {
    print(
      `gateway: dubbo://${abox.gateway.address}   models: ${abox.legacy.origin} (legacy), ${abox.seldon.origin} (seldon)`
    )
    const problems: string[] = []
    const load = new Load('127.0.0.1', abox.gateway.port)
    load.start(WORKERS)
    const phases: { latencies: number[]; calls: number; errors: number }[] = []
    for (const [index, legacyPercent] of PHASES.entries()) {
      if (index > 0) {
        await moveSplit(abox, legacyPercent, index + 1)
        load.take()
      }
      print(`split legacy/seldon ${legacyPercent}/${100 - legacyPercent}: calling …`)
      await until(() => load.result.calls >= CALLS_PER_PHASE)
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
      return {
        split: `${PHASES[index]}/${100 - (PHASES[index] ?? 0)}`,
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

/** Writes the new weights into the documents file and waits until the gateway runs them. */
async function moveSplit(abox: Embedded, legacyPercent: number, generation: number): Promise<void> {
  const text = await readFile(abox.documents, 'utf8')
  const [before = '', model = '', after = ''] = text.split('---\n')
  const weights = `weights: {legacy: ${legacyPercent * 10_000}, seldon: ${1_000_000 - legacyPercent * 10_000}}`
  const changed = model.replace(/weights: \{.*\}/, weights).replace(/generation: \d+/, `generation: ${generation}`)
  await writeFile(abox.documents, [before, changed, after].join('---\n'))
  await until(() => abox.gateway.state().applied['models/rank'] === generation)
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
  for (const [index, legacyPercent] of PHASES.entries()) {
    for (const method of ['score', 'rank']) {
      const own = records.filter((record) => record.generation === index + 1 && record.method === method)
      const legacy = own.filter(({ variant }) => variant === 'legacy').length
      const off = legacy - (own.length * legacyPercent) / 100
      if (own.length === 0 || Math.abs(off) >= 1) {
        problems.push(
          `split ${legacyPercent} %: ${method} sent ${legacy} of ${own.length} to legacy, ${off.toFixed(2)} off`
        )
      }
    }
  }
  return problems
}

const percentile = (sorted: readonly number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0

/** Waits for a condition; gives up after a minute so that a defect ends in an error instead of a hang. */
async function until(condition: () => boolean): Promise<void> {
  const limit = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error('the demo waited a minute for something that did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
