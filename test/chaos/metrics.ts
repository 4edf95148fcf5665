import { setTimeout as sleep } from 'node:timers/promises'

/** All values of one look at /metrics, by name with labels as they stand there. */
export type Metrics = ReadonlyMap<string, number>

/** Looks at /metrics again and again, and keeps by how much each series has grown over deaths of instances. */
export interface MetricsWatch {
  /** By how much each series has grown; a smaller value than before is that of a new process. */
  stop(): Promise<Metrics>
}

const LOOK_EVERY_MS = 200

export async function readMetrics(origin: string): Promise<Metrics> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const end = line.lastIndexOf(' ')
    values.set(line.slice(0, end), Number(line.slice(end + 1)))
  }
  return values
}

/** The names of all metrics, those without a value among them. */
export async function metricNames(origin: string): Promise<ReadonlySet<string>> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  return new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name = '']) => name))
}

/** The sum of all series of a name, those of all instances together. */
export function sumOf(metrics: Metrics, name: string): number {
  let sum = 0
  for (const [series, value] of metrics) if (nameOf(series) === name) sum += value
  return sum
}

/** The values of the series of a name that have this text among their labels. */
export const valuesOf = (metrics: Metrics, name: string, label: string): number[] =>
  Array.from(metrics).flatMap(([series, value]) => (nameOf(series) === name && series.includes(label) ? [value] : []))

const nameOf = (series: string): string => /^[^{]*/.exec(series)?.[0] ?? ''

/** The series of a name that are not zero, all instances together: `shed_total{share} 5`. */
export function textOf(metrics: Metrics, name: string): string[] {
  const sums = new Map<string, number>()
  for (const [series, value] of metrics) {
    if (nameOf(series) !== name) continue
    const labels = Array.from(series.matchAll(/(\w+)="([^"]*)"/g), ([, label, text]) => [label, text])
    const shown = labels.filter(([label]) => label !== undefined && SHOWN.has(label)).map(([, text]) => text)
    const key = shown.length === 0 ? name : `${name}{${shown.join()}}`
    sums.set(key, (sums.get(key) ?? 0) + value)
  }
  const texts = Array.from(sums).flatMap(([key, value]) =>
    value === 0 ? [] : [`${key.slice(PREFIX.length)} ${value}`]
  )
  return texts.length === 0 ? [`${name.slice(PREFIX.length)} 0`] : texts
}

const PREFIX = 'abox_'
/** Labels that say what happened; the others say where. */
const SHOWN = new Set(['outcome', 'reason', 'event', 'phase', 'limit'])

export async function watchMetrics(origin: string): Promise<MetricsWatch> {
  const grown = new Map<string, number>()
  const last = new Map<string, number>(await readMetrics(origin))
  let stopping = false
  const look = async (): Promise<void> => {
    for (const [series, value] of await readMetrics(origin)) {
      const before = last.get(series) ?? 0
      grown.set(series, (grown.get(series) ?? 0) + (value < before ? value : value - before))
      last.set(series, value)
    }
  }
  const looking = (async () => {
    while (!stopping) {
      await sleep(LOOK_EVERY_MS)
      await look()
    }
  })()
  looking.catch(() => {})
  return {
    async stop() {
      stopping = true
      await looking
      await look()
      return grown
    }
  }
}
