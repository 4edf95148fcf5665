import { type Metric, Registry } from 'prom-client'
import { OUTCOMES, type Outcome } from '#contracts/call-record'
import { Histogram, LATENCY_BOUNDS_US } from '#lib/histogram'
import { type Call, elapsedUs } from './call.ts'
import type { Route, VariantTarget } from './routing-table.ts'

/** Counts of one (service, method, model, variant) since the process began: what the call path touches. */
export interface CallSeries {
  readonly labels: {
    readonly service: string
    readonly method: string
    readonly model: string
    readonly variant: string
  }
  /** By the order of OUTCOMES. */
  readonly outcomes: Float64Array
  /** Arrival to reply, and waiting for the model. */
  readonly total: Histogram
  readonly upstream: Histogram
}

/** Values that are read when somebody asks, by metric name; the docstring of each is its help text. */
export interface Gauges {
  readonly [name: string]: {
    readonly help: string
    readonly type: 'gauge' | 'counter'
    readonly read: () => number | ReadonlyMap<string, number>
    /** Label of the map's keys; several, where a line end parts their values in the key. */
    readonly label?: string | readonly string[]
  }
}

export interface GatewayMetrics {
  /** Once per call; costs about 0.1 µs. */
  observe(call: Call, endedAt: number): void
  /** All that there are, with their counts as they grow. */
  series(): Iterable<CallSeries>
  /** Prometheus text. */
  text(): Promise<string>
}

/** Label values are configuration, never caller's text: a call without a route is counted under `-`. */
export function createMetrics(instance: string, gauges: Gauges): GatewayMetrics {
  const byRoute = new Map<string, CallSeries>()
  const registry = new Registry()
  registry.setDefaultLabels({ instance })
  register(registry, 'abox_calls_total', 'Calls by how they ended.', 'counter', () => outcomeValues(byRoute.values()))
  register(registry, 'abox_call_duration_seconds', 'From the last byte of the call to its reply.', 'histogram', () =>
    histogramValues('abox_call_duration_seconds', byRoute.values(), ({ total }) => total)
  )
  register(
    registry,
    'abox_upstream_duration_seconds',
    'From sending to the model to its whole answer.',
    'histogram',
    () => histogramValues('abox_upstream_duration_seconds', byRoute.values(), ({ upstream }) => upstream)
  )
  for (const [name, { help, type, read, label }] of Object.entries(gauges)) {
    register(registry, name, help, type, () => gaugeValues(read(), label))
  }
  /** By what the labels are made of; routes and variants are new objects in each generation of their documents. */
  const findSeries = (call: Call): CallSeries => {
    const key = `${call.route?.splitKey ?? '-'}\n${call.model?.name ?? '-'}\n${call.variant?.name ?? '-'}`
    const series = byRoute.get(key) ?? newSeries(call)
    byRoute.set(key, series)
    return series
  }
  const known = new WeakMap<Route, WeakMap<VariantTarget, CallSeries>>()
  const seriesOf = (call: Call): CallSeries => {
    const { route, variant } = call
    if (route === undefined || variant === undefined) return findSeries(call)
    const ofRoute = known.get(route) ?? new WeakMap<VariantTarget, CallSeries>()
    const series = ofRoute.get(variant) ?? findSeries(call)
    if (!ofRoute.has(variant)) {
      ofRoute.set(variant, series)
      known.set(route, ofRoute)
    }
    return series
  }
  return {
    observe(call, endedAt) {
      const series = seriesOf(call)
      const index = OUTCOMES.indexOf(call.outcome)
      series.outcomes[index] = (series.outcomes[index] as number) + 1
      series.total.add(elapsedUs(call.request.receivedAt, endedAt))
      if (call.upstreamUs !== undefined) series.upstream.add(call.upstreamUs)
    },
    series: () => byRoute.values(),
    text: () => registry.metrics()
  }
}

function newSeries(call: Call): CallSeries {
  return {
    labels: {
      service: call.route?.serviceKey ?? '-',
      method: call.route?.method ?? '-',
      model: call.model?.name ?? '-',
      variant: call.variant?.name ?? '-'
    },
    outcomes: new Float64Array(OUTCOMES.length),
    total: new Histogram(),
    upstream: new Histogram()
  }
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}

/** prom-client formats; the numbers stay ours, because its own counters cost 1 µs each on the call path. */
function register(registry: Registry, name: string, help: string, type: string, values: () => Value[]): void {
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    get: () => ({ name, help, type, aggregator: 'sum', values: values() })
  }
  registry.registerMetric(metric as unknown as Metric)
}

function outcomeValues(all: Iterable<CallSeries>): Value[] {
  const values: Value[] = []
  for (const { labels, outcomes } of all) {
    for (const [index, outcome] of OUTCOMES.entries()) {
      const value = outcomes[index] as number
      if (value > 0) values.push({ labels: { ...labels, outcome: outcome satisfies Outcome }, value })
    }
  }
  return values
}

function histogramValues(name: string, all: Iterable<CallSeries>, pick: (series: CallSeries) => Histogram): Value[] {
  const values: Value[] = []
  for (const series of all) {
    const histogram = pick(series)
    let sum = 0
    for (const [index, bound] of LATENCY_BOUNDS_US.entries()) {
      sum += histogram.counts[index] as number
      values.push({ labels: { ...series.labels, le: bound / 1_000_000 }, value: sum, metricName: `${name}_bucket` })
    }
    const total = histogram.total()
    values.push({ labels: { ...series.labels, le: '+Inf' }, value: total, metricName: `${name}_bucket` })
    values.push({ labels: series.labels, value: histogram.sumUs / 1_000_000, metricName: `${name}_sum` })
    values.push({ labels: series.labels, value: total, metricName: `${name}_count` })
  }
  return values
}

function gaugeValues(read: number | ReadonlyMap<string, number>, label: string | readonly string[] = 'name'): Value[] {
  if (typeof read === 'number') return [{ labels: {}, value: read }]
  if (typeof label === 'string') return [...read].map(([key, value]) => ({ labels: { [label]: key }, value }))
  return [...read].map(([key, value]) => {
    const values = key.split('\n')
    return { labels: Object.fromEntries(label.map((name, index) => [name, values[index] ?? ''])), value }
  })
}

/** Joins the texts of several instances: HELP and TYPE may stand only once per metric. */
export function mergeMetrics(texts: readonly string[]): string {
  const metrics = new Map<string, { head: string; samples: string }>()
  for (const text of texts) {
    for (const block of text.split(/^(?=# HELP )/m)) {
      const [, head, name, samples = ''] = /^(# HELP (\S+) .*\n# TYPE .*\n)([\s\S]*)$/.exec(block) ?? []
      if (head === undefined || name === undefined) continue
      const known = metrics.get(name)
      if (known === undefined) metrics.set(name, { head, samples: samples.trimEnd() })
      else known.samples += `\n${samples.trimEnd()}`
    }
  }
  return `${[...metrics.values()].map(({ head, samples }) => head + samples).join('\n\n')}\n`
}
