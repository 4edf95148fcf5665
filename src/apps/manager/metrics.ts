import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface ManagerMetrics {
  /** One request that was answered. `route` is the pattern, never what stands in the URL. */
  observe(route: string, method: string, status: number, seconds: number): void
  /** One more gauge, read when somebody asks: values by the values of its labels, which are parted by a line end. */
  gauge(name: string, help: string, labels: readonly string[], read: () => ReadonlyMap<string, number>): void
  /** The same for what only grows while the process runs. */
  counter: ManagerMetrics['gauge']
  /** Prometheus text. */
  text(): Promise<string>
}

export function createManagerMetrics(): ManagerMetrics {
  const registry = new Registry()
  const requests = new Counter({
    name: 'abox_manager_requests_total',
    help: 'Requests to the API by route and status.',
    labelNames: ['route', 'method', 'status'],
    registers: [registry]
  })
  const durations = new Histogram({
    name: 'abox_manager_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['route', 'method'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers: [registry]
  })
  return {
    observe(route, method, status, seconds) {
      requests.inc({ route, method, status })
      durations.observe({ route, method }, seconds)
    },
    gauge(name, help, labels, read) {
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        collect() {
          fill(this, labels, read())
        }
      })
    },
    counter(name, help, labels, read) {
      new Counter({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        collect() {
          fill(this, labels, read())
        }
      })
    },
    text: () => registry.metrics()
  }
}

/** Its values are these and no others. */
function fill(metric: Gauge | Counter, labels: readonly string[], values: ReadonlyMap<string, number>): void {
  metric.reset()
  for (const [key, value] of values) {
    const parts = key.split('\n')
    metric.inc(Object.fromEntries(labels.map((label, index) => [label, parts[index] ?? ''])), value)
  }
}
