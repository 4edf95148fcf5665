import type { Callers, ConsumerWindow } from './consumers.ts'
import type { Bounds, Fault } from './fault.ts'
import { metricNames, readMetrics, sumOf, textOf, watchMetrics } from './metrics.ts'
import type { DoorCounts } from './model-server.ts'
import type { World } from './world.ts'

export interface ConsumerRow extends ConsumerWindow {
  /** Failed calls that it may have; undefined = any number. */
  readonly allowed: number | undefined
}

/** What one fault cost, from the moment in which everything was settled until it was again. */
export interface Row {
  readonly fault: string
  readonly seconds: number
  readonly consumers: readonly ConsumerRow[]
  /** No call may fail that began after this, epoch ms. */
  readonly begunBefore: number | undefined
  /** Calls that the instances had, and requests that the model had. */
  readonly gatewayCalls: number
  readonly modelRequests: number
  /** Of all instances, bytes. */
  readonly memoryBefore: number
  readonly memoryAfter: number
  /** The counters that show it, and by how much they have grown. */
  readonly counters: readonly string[]
  /** Counters that are not there. */
  readonly missing: readonly string[]
  /** Counters that had to grow and did not. */
  readonly silent: readonly string[]
  readonly outcomes: readonly string[]
  readonly notes: readonly string[]
  /** Lines that the gateway logged as warnings and errors, by how often. */
  readonly log: Readonly<Record<string, number>>
  /** Why it was not carried out, or what did not come back. */
  readonly problem: string | undefined
}

/** Does one after the other; a fault after which the world does not settle is told in its row. */
export async function runSequence(
  world: World,
  faults: readonly Fault[],
  tell: (row: Row) => void
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const fault of faults) {
    const row = await runFault(world, fault)
    rows.push(row)
    tell(row)
  }
  return rows
}

const AFTERWARDS = 20
const WORTH_TELLING_MS = 3000

async function runFault(world: World, fault: Fault): Promise<Row> {
  const { callers, gateway, model } = world
  const watch = await watchMetrics(gateway.observability)
  const before = await model.counts()
  await callers.begin()
  let problem: string | undefined
  const note = (what: string) => (error: unknown) => {
    problem ??= `${what}: ${error instanceof Error ? error.message : String(error)}`
  }
  await world.settled().catch(note('not settled before it'))
  const startedAt = Date.now()
  const memoryBefore = await memory(world)
  const notes: string[] = []
  const addNotes = (more: readonly string[]): void => void notes.push(...more)
  const bounds: Bounds = {}
  if (problem === undefined) await fault.run(world, bounds).then(addNotes, note('the fault'))
  const overAt = Date.now()
  await world.settled().then((why) => {
    const ms = Date.now() - overAt
    if (why !== undefined && ms >= WORTH_TELLING_MS) notes.push(`settled after ${ms} ms: ${why}`)
  }, note('not settled after it'))
  await callers.succeed(AFTERWARDS).catch(note('calls afterwards'))
  const consumers = await callers.end()
  const grown = await watch.stop()
  const names = await metricNames(gateway.observability)
  return {
    fault: fault.name,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    consumers: consumers.map((each) => ({ ...each, allowed: allowedOf(fault, bounds, callers, each.dubbo) })),
    begunBefore: bounds.begunBefore,
    gatewayCalls: sumOf(grown, 'abox_calls_total'),
    modelRequests: requests(await model.counts()) - requests(before),
    memoryBefore,
    memoryAfter: await memory(world),
    counters: [...fault.grows, ...fault.counters].flatMap((name) => textOf(grown, name)),
    missing: fault.counters.filter((name) => !names.has(name)),
    silent: problem === undefined ? fault.grows.filter((name) => sumOf(grown, name) === 0) : [],
    outcomes: textOf(grown, 'abox_calls_total'),
    notes,
    log: logSince(gateway.output(), startedAt),
    problem
  }
}

/** A consumer sees entries come back later than they do: connections are made, and the first calls wait for them. */
const SEEN_WITHIN_MS = 150
/** One of 3.x acts upon the second of two changes up to 5.9 s after it. */
const SEEN_WITHIN_3X_MS = 6000

function allowedOf(
  { mayFail }: Fault,
  { goneMs = 0 }: Bounds,
  { threads, intervalMs }: Callers,
  dubbo: string
): number | undefined {
  switch (mayFail) {
    case 'none':
      return 0
    case 'in flight':
      return threads
    case 'while gone': {
      const seenMs = dubbo.startsWith('3.') ? SEEN_WITHIN_3X_MS : SEEN_WITHIN_MS
      return threads * (1 + Math.ceil((goneMs + seenMs) / intervalMs))
    }
    case 'any':
      return undefined
  }
}

const memory = async ({ gateway }: World): Promise<number> =>
  sumOf(await readMetrics(gateway.observability), 'abox_memory_bytes')

const requests = (counts: readonly DoorCounts[]): number => counts.reduce((sum, door) => sum + door.requests, 0)

const WARNING = 40

function logSince(output: string, since: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of output.split('\n')) {
    // The first line may have lost its beginning; what is no JSON was printed by Node itself.
    const entry = line.startsWith('{') && line.endsWith('}') ? (JSON.parse(line) as LogLine) : undefined
    if (entry === undefined || entry.level < WARNING || entry.time < since) continue
    const { level, time, gateway, msg, ...rest } = entry
    const text = `${msg} ${JSON.stringify(rest)}`
    counts[text] = (counts[text] ?? 0) + 1
  }
  return counts
}

interface LogLine {
  readonly level: number
  readonly time: number
  readonly gateway: string
  readonly msg: string
}
