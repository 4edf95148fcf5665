import { renderTable } from '../../src/core/table.ts'
import type { Corpus } from './abox.ts'
import type { Budget } from './budgets.ts'
import { NAMES } from './contests.ts'
import type { Figures, Ratio } from './figures.ts'
import type { HessianLite } from './hessian-lite.ts'
import type { Cell } from './measure.ts'

export function printJson(cells: readonly Cell[], budgets: readonly Budget[]): void {
  console.log(JSON.stringify({ cells, budgets }))
}

export function printTables(
  figures: Figures,
  corpora: readonly Corpus[],
  lites: readonly HessianLite[],
  budgets: readonly Budget[],
  conditions: string
): void {
  const liteNames = lites.length > 0 ? lites.map(({ name }) => name) : ['hessian-lite']
  for (const operation of ['decode', 'encode'] as const) {
    console.log(`\n${operation}: typed values, µs\n`)
    console.log(renderTable(corpora.map((corpus) => besideCodecs(figures, corpus, operation, liteNames))))
  }
  console.log('\ntranscode Hessian to JSON, bytes to bytes, µs\n')
  console.log(renderTable(corpora.map((corpus) => outBesideJson(figures, corpus))))
  console.log('\ntranscode JSON to Hessian, bytes to bytes, µs\n')
  console.log(renderTable(corpora.map((corpus) => inBesideJson(figures, corpus))))
  console.log('\nbudgets: median of the rounds (least … greatest)\n')
  console.log(renderTable(budgets))
  console.log(`\n${conditions}`)
}

function besideCodecs(figures: Figures, corpus: Corpus, operation: 'decode' | 'encode', lites: string[]): object {
  const { name, title } = corpus
  const us = (contender: string): string => showUs(figures.us(name, operation, contender))
  const ratio = (one: string, other: string): string => showRatio(figures.ratio(name, operation, one, other))
  return {
    payload: title,
    bytes: meanLength(corpus.wire),
    ABox: us(NAMES.abox),
    'hessian.js': us(NAMES.hessianJs),
    ...Object.fromEntries(lites.map((lite) => [lite, us(lite)])),
    'hessian.js ÷ ABox': ratio(NAMES.hessianJs, NAMES.abox),
    ...Object.fromEntries(lites.map((lite) => [`ABox ÷ ${lite.replace('hessian-', '')}`, ratio(NAMES.abox, lite)]))
  }
}

function outBesideJson(figures: Figures, corpus: Corpus): object {
  const us = (contender: string): string => showUs(figures.us(corpus.name, 'transcode', contender))
  const ratio = (other: string): string => showRatio(figures.ratio(corpus.name, 'transcode', NAMES.out, other))
  return {
    payload: corpus.title,
    'JSON bytes': meanLength(corpus.json),
    ABox: us(NAMES.out),
    stringify: us(NAMES.stringify),
    'ABox ÷ it': ratio(NAMES.stringify),
    '÷ it to bytes': ratio(NAMES.stringifyBytes),
    'parse + stringify': us(NAMES.both),
    'ABox ÷ both': ratio(NAMES.both),
    '÷ both, bytes to bytes': ratio(NAMES.bothBytes)
  }
}

function inBesideJson(figures: Figures, corpus: Corpus): object {
  const us = (contender: string): string => showUs(figures.us(corpus.name, 'transcode', contender))
  const ratios = (other: string): string =>
    [NAMES.typed, NAMES.untyped]
      .map((name) => showRatio(figures.ratio(corpus.name, 'transcode', name, other)))
      .join(' | ')
  return {
    payload: corpus.title,
    'typed | untyped': `${us(NAMES.typed)} | ${us(NAMES.untyped)}`,
    parse: us(NAMES.parse),
    'ABox ÷ it': ratios(NAMES.parse),
    '÷ it of bytes': ratios(NAMES.parseBytes),
    'parse + stringify': us(NAMES.both),
    'ABox ÷ both': ratios(NAMES.both),
    '÷ both, bytes to bytes': ratios(NAMES.bothBytes)
  }
}

function meanLength(buffers: readonly Buffer[]): number {
  return Math.round(buffers.reduce((sum, { length }) => sum + length, 0) / buffers.length)
}

function showUs(us: number | undefined): string {
  if (us === undefined) return ''
  return us < 10 ? us.toFixed(2) : us.toFixed(us < 100 ? 1 : 0)
}

function showRatio(ratio: Ratio | undefined): string {
  return ratio === undefined ? '' : ratio.median.toFixed(2)
}
