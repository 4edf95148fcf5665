import { type CommandInput, textOption } from '#core/command'
import { renderTable } from '#core/table'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { outputOf } from './options.ts'
import { shownTime } from './show.ts'
import { printSplit, type Split } from './split-weights.ts'
import { drawOver } from './top.ts'

/** What an event of the live stream says of a variant. */
interface Item {
  readonly variant?: string
  readonly calls: number
  readonly perSecond: number
  readonly errors: number
  /** Part of the calls of the model. */
  readonly share: number
  readonly p50Ms?: number
  readonly p99Ms?: number
}

interface Live {
  readonly at: number
  readonly seconds: number
  readonly items: readonly Item[]
}

/** One variant, as it was meant and as it was. */
interface Row {
  readonly variant: string
  /** Parts of a million that its weight says; undefined: it is in no split. */
  readonly ppm: number | undefined
  readonly share: number
  readonly perSecond: number
  /** Part of its calls. */
  readonly errors: number
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
}

/**
 * Shows the split of a model beside what its variants do, once a second, until Ctrl-C, `--for` or `--count`. A terminal is
 * redrawn; otherwise a table, or a line of JSON, for each. Rejects with ABOX_CLI_USAGE and the manager's errors.
 */
export async function watchSplit(input: CommandInput, model: string): Promise<number> {
  const output = outputOf(input)
  if (output === 'yaml') throw usage('--output: found "yaml" with watch, expected table or json')
  const most = numberOf(input, 'count') ?? Number.POSITIVE_INFINITY
  const forSeconds = numberOf(input, 'for')
  const seconds = numberOf(input, 'seconds') ?? 10
  if (seconds > 60) throw usage(`--seconds: found "${seconds}", expected 1 to 60`)
  const client = await openManager(input)
  const ended = new AbortController()
  const end = (): void => ended.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const timer = forSeconds === undefined ? undefined : setTimeout(end, forSeconds * 1000)
  let seen = 0
  try {
    // First, so that a model which is not there is told as such.
    let split = await readSplit(client, model)
    const path = `/environments/${encodeURIComponent(client.environment)}/live/stream`
    for await (const live of client.events<Live>(path, { model, by: 'variant', seconds }, ended.signal)) {
      if (seen > 0) split = await readSplit(client, model)
      const rows = rowsOf(split.weights, live.items)
      if (output === 'json') console.log(JSON.stringify({ model, at: live.at, seconds, split, variants: rows }))
      else tell(`${model}  ${shownTime(live.at)}  the last ${seconds} s  ${printSplit(split)}  times in ms`, rows)
      if (++seen >= most) break
    }
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
  return 0
}

async function readSplit(client: ManagerClient, model: string): Promise<Split> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  return (await client.send<Split>({ method: 'GET', path })).body
}

/** Those of the split in its order, then others that still have calls. */
export function rowsOf(weights: Readonly<Record<string, number>>, items: readonly Item[]): Row[] {
  const told = new Map(items.map((item) => [item.variant ?? '', item]))
  const all = Math.max(
    1,
    items.reduce((sum, { calls }) => sum + calls, 0)
  )
  return [...new Set([...Object.keys(weights), ...told.keys()])].map((variant) => {
    const { calls = 0, perSecond = 0, errors = 0, p50Ms, p99Ms } = told.get(variant) ?? {}
    const ppm = Object.hasOwn(weights, variant) ? weights[variant] : undefined
    return { variant, ppm, share: calls / all, perSecond, errors: errors / Math.max(1, calls), p50Ms, p99Ms }
  })
}

function tell(head: string, rows: readonly Row[]): void {
  const table = renderTable(
    rows.map(({ variant, ppm, share, perSecond, errors, p50Ms, p99Ms }) => ({
      variant,
      weight: ppm === undefined ? '-' : `${ppm / 10_000}%`,
      share: percent(share),
      'calls/s': Number(perSecond.toFixed(1)),
      errors: percent(errors),
      p50: time(p50Ms),
      p99: time(p99Ms)
    }))
  )
  if (process.stdout.isTTY) drawOver(`${head}\n\n${table}`)
  else console.log(`${head}\n${table}`)
}

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`
const time = (ms: number | undefined): string | number => (ms === undefined ? '-' : Number(ms.toFixed(1)))

function numberOf(input: CommandInput, name: 'count' | 'for' | 'seconds'): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw usage(`--${name}: found "${text}", expected a whole number from 1`)
}
