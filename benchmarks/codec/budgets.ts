import { NAMES } from './contests.ts'
import type { Figures, Ratio } from './figures.ts'
import type { HessianLite } from './hessian-lite.ts'
import type { Operation } from './measure.ts'
import { payloadNames } from './payloads.ts'

/** A promise about speed and what was measured of it. */
export interface Budget {
  readonly budget: string
  /** The median of the ratios of the rounds, with the least and the greatest. */
  readonly measured: string
  readonly limit: string
  readonly verdict: 'ok' | 'MISSED'
}

/** What one transcoding of the map may cost, µs, when the engine's JSON is faster still. */
const MAP_US = 2
/** Most that we may cost of what the engine's own JSON costs. */
const OF_JSON = 1.2
/** Most that we may cost of what hessian-lite costs on a warm JVM. */
const OF_JVM = 2

const DIRECTIONS = [
  [NAMES.out, 'Hessian to JSON'],
  [NAMES.typed, 'JSON to Hessian, typed'],
  [NAMES.untyped, 'JSON to Hessian, untyped']
] as const

/** The budgets of those payloads that were measured. */
export function judge(figures: Figures, lites: readonly HessianLite[]): Budget[] {
  const rows: (Budget | undefined)[] = []
  for (const [name, title] of DIRECTIONS) {
    const us = figures.us('map', 'transcode', name)
    const ratio = figures.ratio('map', 'transcode', name, NAMES.both)
    if (us === undefined || ratio === undefined) continue
    rows.push({
      budget: `map, ${title}: µs, or ÷ parse + stringify`,
      measured: `${us.toFixed(2)} µs, ${showRange(ratio)}`,
      limit: `≤ ${MAP_US} µs or ≤ ${OF_JSON}`,
      verdict: us <= MAP_US || ratio.median <= OF_JSON ? 'ok' : 'MISSED'
    })
  }
  for (const [name, title] of DIRECTIONS) {
    const rival = name === NAMES.out ? NAMES.stringify : NAMES.parse
    rows.push(atMost(`doubles, ${title}: ÷ ${rival}`, figures.ratio('doubles', 'transcode', name, rival), OF_JSON))
  }
  for (const [payload, least] of [['map', 4] as const, ['doubles', 10] as const, ['ascii', 10] as const]) {
    const ratio = figures.ratio(payload, 'decode', NAMES.hessianJs, NAMES.abox)
    rows.push(atLeast(`${payload}, decode: hessian.js ÷ ABox`, ratio, least))
  }
  for (const operation of ['decode', 'encode'] as const) {
    for (const payload of payloadNames) rows.push(besideJvm(figures, lites, payload, operation))
  }
  return rows.filter((row) => row !== undefined)
}

/** Against that hessian-lite which is the faster one here. */
function besideJvm(
  figures: Figures,
  lites: readonly HessianLite[],
  payload: string,
  operation: Operation
): Budget | undefined {
  const ratios = lites.flatMap(({ name }) => {
    const ratio = figures.ratio(payload, operation, NAMES.abox, name)
    return ratio === undefined ? [] : [{ name, ratio }]
  })
  const hardest = ratios.sort((a, b) => b.ratio.median - a.ratio.median)[0]
  return atMost(`${payload}, ${operation}: ÷ ${hardest?.name}`, hardest?.ratio, OF_JVM)
}

function atMost(budget: string, ratio: Ratio | undefined, limit: number): Budget | undefined {
  if (ratio === undefined) return undefined
  return { budget, measured: showRange(ratio), limit: `≤ ${limit}`, verdict: ratio.median <= limit ? 'ok' : 'MISSED' }
}

function atLeast(budget: string, ratio: Ratio | undefined, limit: number): Budget | undefined {
  if (ratio === undefined) return undefined
  return { budget, measured: showRange(ratio), limit: `≥ ${limit}`, verdict: ratio.median >= limit ? 'ok' : 'MISSED' }
}

function showRange({ median, least, greatest }: Ratio): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} … ${greatest.toFixed(2)})`
}
