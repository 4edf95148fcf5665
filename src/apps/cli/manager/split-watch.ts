import type { Live, LiveItem } from '#contracts/api/live'
import type { CommandInput } from '#core/command'
import { renderTable } from '#core/table'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { outputOf } from './options.ts'
import { reopening } from './reopen.ts'
import { requireModel } from './require-model.ts'
import { shownShare, shownTime } from './show.ts'
import { callsUnderKill, printSplit, type Split } from './split-weights.ts'
import { drawOver } from './top.ts'
import { beginWatching, countOf } from './watching.ts'

type WatchedItem = Pick<LiveItem, 'variant' | 'calls' | 'perSecond' | 'errors' | 'p50Ms' | 'p99Ms'>

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
 * redrawn; otherwise a table, or a line of JSON, for each. An interrupted stream is opened again. Rejects with ABOX_CLI_USAGE and the manager's errors.
 */
export async function watchSplit(input: CommandInput, model: string): Promise<number> {
  const output = outputOf(input)
  if (output === 'yaml') throw usage('--output: found "yaml" with watch, expected table or json')
  const seconds = countOf(input, 'seconds') ?? 10
  if (seconds > 60) throw usage(`--seconds: found "${seconds}", expected 1 to 60`)
  const client = await openManager(input)
  const { signal, most, close } = beginWatching(input)
  let seen = 0
  try {
    await requireModel(client, model)
    const open = (): AsyncIterable<Moment> => watchMoments(client, { model, by: 'variant', seconds }, signal)
    for await (const { split, live } of reopening(open, signal)) {
      const rows = rowsOf(split, live.items)
      if (output === 'json') console.log(JSON.stringify({ model, at: live.at, seconds, split, variants: rows }))
      else
        tell(`${model}  ${shownTime(live.at)}  the last ${seconds} s  ${printSplit(split)}  times in ms`, split, rows)
      if (++seen >= most) break
    }
  } finally {
    close()
  }
  return 0
}

/** A second: what was meant, and what was. */
interface Moment {
  readonly split: Split
  readonly live: Live
}

/** The split is read with each second, as it may have been changed since. Rejects as the client, whichever of both fails. */
async function* watchMoments(
  client: ManagerClient,
  query: { readonly model: string; readonly by: string; readonly seconds: number },
  signal: AbortSignal
): AsyncIterable<Moment> {
  const path = `/environments/${encodeURIComponent(client.environment)}/live/stream`
  for await (const live of client.events<Live>(path, query, signal)) {
    yield { split: await readSplit(client, query.model), live }
  }
}

async function readSplit(client: ManagerClient, model: string): Promise<Split> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  return (await client.send<Split>({ method: 'GET', path })).body
}

/** Those of the split in its order, then the one that has all calls by the kill switch, and others that still have some. */
export function rowsOf({ weights, kill }: Split, items: readonly WatchedItem[]): Row[] {
  const told = new Map(items.map((item) => [item.variant ?? '', item]))
  const all = Math.max(
    1,
    items.reduce((sum, { calls }) => sum + calls, 0)
  )
  const killed = kill === undefined ? [] : [kill]
  return [...new Set([...Object.keys(weights), ...killed, ...told.keys()])].map((variant) => {
    const { calls = 0, perSecond = 0, errors = 0, p50Ms, p99Ms } = told.get(variant) ?? {}
    const ppm = Object.hasOwn(weights, variant) ? weights[variant] : undefined
    return { variant, ppm, share: calls / all, perSecond, errors: errors / Math.max(1, calls), p50Ms, p99Ms }
  })
}

function tell(head: string, split: Split, rows: readonly Row[]): void {
  const table = renderTable(
    rows.map(({ variant, ppm, share, perSecond, errors, p50Ms, p99Ms }) => ({
      variant,
      weight: ppm === undefined ? '-' : shownShare(ppm),
      ...callsUnderKill(split, variant),
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
