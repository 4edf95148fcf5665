import type { EndpointState } from '#lib/upstream'
import type { Discovery } from './discovery.ts'
import type { EndpointKeeper, KeptVariant } from './endpoints.ts'

/** Values by label values, which are parted by a line end. */
type Values = ReadonlyMap<string, number>

/** What /metrics tells of endpoints; compose.ts gives each a name. */
export interface EndpointMetrics {
  state(): Values
  ejections(): Values
  /** Has the label `reason` behind those of an endpoint. */
  failures(): Values
  inFlight(): Values
  probeFailures(): Values
  discoveryKept(): Values
  badNames(): Values
}

/** The labels of `state`, `ejections` and `inFlight`. */
export const ENDPOINT_LABELS = ['model', 'variant', 'endpoint'] as const

/** The labels of `failures`; its reasons are `connection` and `answer`. */
export const FAILURE_LABELS = [...ENDPOINT_LABELS, 'reason'] as const

/** The labels of `probeFailures` and `discoveryKept`. */
export const VARIANT_LABELS = ['model', 'variant'] as const

/** 0 is well; the higher, the fewer calls go there. */
const STATE_NUMBERS = { up: 0, slow_start: 1, ejected: 2, down: 3 } as const

/** So many endpoints of a variant have series of their own: those in the worst state, then those with most failures. */
const MOST_ENDPOINTS = 200

export function createEndpointMetrics(keeper: EndpointKeeper, discovery: Discovery | undefined): EndpointMetrics {
  const eachEndpoint = (take: (labels: string, state: EndpointState) => void): void => {
    for (const { model, variant, set } of keeper.kept()) {
      for (const state of worst(set.states())) {
        const name = state.host === undefined ? state.origin : `${state.origin} (${state.host})`
        take(`${model}\n${variant}\n${name}`, state)
      }
    }
  }
  const perEndpoint = (value: (state: EndpointState) => number): Values => {
    const values = new Map<string, number>()
    eachEndpoint((labels, state) => values.set(labels, value(state)))
    return values
  }
  const perVariant = (value: (kept: KeptVariant) => number): Values =>
    new Map(Array.from(keeper.kept(), (kept) => [`${kept.model}\n${kept.variant}`, value(kept)]))
  return {
    state: () => perEndpoint(({ state }) => STATE_NUMBERS[state]),
    ejections: () => perEndpoint(({ ejections }) => ejections),
    failures() {
      const values = new Map<string, number>()
      eachEndpoint((labels, { failures, localFailures }) => {
        values.set(`${labels}\nconnection`, localFailures)
        values.set(`${labels}\nanswer`, failures - localFailures)
      })
      return values
    },
    inFlight: () => perEndpoint(({ inFlight }) => inFlight),
    probeFailures: () => perVariant(({ probeFailures }) => probeFailures()),
    discoveryKept: () => perVariant(({ set }) => set.kept()),
    badNames: () => discovery?.badNames() ?? new Map()
  }
}

function worst(states: readonly EndpointState[]): readonly EndpointState[] {
  if (states.length <= MOST_ENDPOINTS) return states
  return [...states]
    .sort((a, b) => STATE_NUMBERS[b.state] - STATE_NUMBERS[a.state] || b.failures - a.failures)
    .slice(0, MOST_ENDPOINTS)
}
