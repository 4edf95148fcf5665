import { GROUPINGS, type Live, type LiveItem, type LiveShadow } from '#contracts/api/live'
import { type Command, type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { renderTable } from '#core/table'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { requireModel } from './require-model.ts'
import { show, shownTime } from './show.ts'

export const topCommand: Command = {
  name: 'top',
  summary: 'show what the gateways do right now: calls, errors and times by model and variant',
  usage: '[options]',
  options: {
    ...managerOptions,
    model: { type: 'string' },
    by: { type: 'string' },
    seconds: { type: 'string' },
    once: { type: 'boolean' }
  },
  describe: {
    ...managerDescribe,
    model: 'only this model',
    by: 'model, variant (default) or method',
    seconds: 'over so many seconds; default 10, at most 3600',
    once: 'print one table and end, as where there is no terminal'
  },
  examples: ['abox top', 'abox top --model rank --by method', 'abox top --seconds 300 --output json'],
  run
}

const EVERY_MS = 1000

async function run(input: CommandInput): Promise<number> {
  if (input.positionals.length > 0) throw usage(`found "${input.positionals[0]}", expected options only`)
  const seconds = textOption(input, 'seconds') ?? '10'
  if (!/^[1-9]\d{0,3}$/.test(seconds) || Number(seconds) > 3600) {
    throw usage(`--seconds: found "${seconds}", expected 1 to 3600`)
  }
  const by = textOption(input, 'by') ?? 'variant'
  if (!GROUPINGS.some((grouping) => grouping === by))
    throw usage(`--by: found "${by}", expected model, variant or method`)
  const output = outputOf(input)
  const client = await openManager(input)
  const model = textOption(input, 'model')
  if (model !== undefined) await requireModel(client, model)
  const ask = (): Promise<Live> => readLive(client, { seconds, by, model })
  if (output !== 'table' || input.options['once'] === true || !process.stdout.isTTY) {
    const live = await ask()
    if (output === 'table') console.log(render(live))
    else show(live, output, [], '')
    return 0
  }
  await refresh(ask)
  return 0
}

async function readLive(client: ManagerClient, query: Readonly<Record<string, string | undefined>>): Promise<Live> {
  const path = `/environments/${encodeURIComponent(client.environment)}/live`
  return (await client.send<Live>({ method: 'GET', path, query })).body
}

/** Until Ctrl-C. A manager that is away for a while is said, and asked again. */
async function refresh(ask: () => Promise<Live>): Promise<void> {
  const asked = Promise.withResolvers<void>()
  process.once('SIGINT', asked.resolve)
  process.once('SIGTERM', asked.resolve)
  let ended = false
  void asked.promise.then(() => {
    ended = true
  })
  // The first failure is an error of the command: wrong log-in, wrong environment.
  let text = render(await ask())
  while (!ended) {
    drawOver(text)
    const pause = Promise.withResolvers<void>()
    const timer = setTimeout(pause.resolve, EVERY_MS)
    await Promise.race([pause.promise, asked.promise])
    clearTimeout(timer)
    if (!ended) text = await ask().then(render, tell)
  }
}

function tell(error: unknown): string {
  const known = AboxError.from(error)
  return `${known.message}\n${known.remedy}`
}

/** Puts a page over the one before, as much of it as the terminal has room for. */
export function drawOver(text: string): void {
  // Home, the text with the rest of each line cleared, then everything below it.
  process.stdout.write(`\u001b[H${fit(text).replaceAll('\n', '\u001b[K\n')}\u001b[K\n\u001b[J`)
}

function fit(text: string): string {
  // A terminal that does not know its size says 0.
  const [columns, rows] = [process.stdout.columns || 80, process.stdout.rows || 24]
  const lines = text.split('\n').map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line))
  return lines.length < rows ? lines.join('\n') : [...lines.slice(0, rows - 2), '…'].join('\n')
}

/** The page as people read it. */
export function render(live: Live): string {
  const { environment, at, seconds, instances, lost, leftOut, items, shadows } = live
  const parts = [
    `${environment}  ${shownTime(at)}  the last ${seconds} s  ${instances} instances  times in ms`,
    items.length === 0 ? 'no calls' : renderTable(items.map(rowOf))
  ]
  if (shadows.length > 0) parts.push(renderTable(shadows.map(shadowRow)))
  const notes = [
    ...(lost > 0 ? [`${lost} summaries of instances did not come: there were more calls than this`] : []),
    ...(leftOut > 0 ? [`${leftOut} entries had no room`] : [])
  ]
  return [...parts, ...notes].join('\n\n')
}

const percent = (part: number): string => `${(part * 100).toFixed(part > 0 && part < 0.01 ? 3 : 1)}%`
const time = (ms: number | undefined): string | number => (ms === undefined ? '-' : Number(ms.toFixed(1)))

function rowOf(item: LiveItem): object {
  const { service, method, model, variant, calls, perSecond, errors, share, inFlight, p50Ms, p99Ms, upstream } = item
  return {
    ...(service !== undefined && { service, method }),
    model,
    ...(variant !== undefined && { variant, share: percent(share) }),
    'calls/s': Number(perSecond.toFixed(1)),
    errors: percent(errors / Math.max(1, calls)),
    'top error': mostOf(item.outcomes),
    p50: time(p50Ms),
    p99: time(p99Ms),
    'model p99': time(upstream.p99Ms),
    ...(inFlight !== undefined && { 'in flight': inFlight })
  }
}

/** The error that there are most of. */
function mostOf(outcomes: LiveItem['outcomes']): string {
  const [first] = Object.entries(outcomes)
    .filter(([name]) => name !== 'ok')
    .sort(([, a = 0], [, b = 0]) => b - a)
  return first === undefined ? '-' : first[0]
}

function shadowRow({ hook, version, equal, within, different, error }: LiveShadow): object {
  const all = Math.max(1, equal + within + different + error)
  return { shadow: `${hook}@${version}`, equal: percent(equal / all), within, different, error }
}
