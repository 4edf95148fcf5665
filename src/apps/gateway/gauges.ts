import type { DubboServer } from '#lib/dubbo'
import type { Admission } from './admission.ts'
import type { EndpointMetrics } from './endpoint-metrics.ts'
import { ENDPOINT_LABELS, FAILURE_LABELS, VARIANT_LABELS } from './endpoint-metrics.ts'
import type { EndpointKeeper } from './endpoints.ts'
import type { HookShadows } from './hook-shadows.ts'
import type { WatchedHooks } from './hooks.ts'
import type { LimitKeeper } from './limits.ts'
import { MEMORY_LEVELS, type MemoryGuard } from './memory-guard.ts'
import type { HookState } from './messages.ts'
import type { Gauges } from './metrics.ts'
import type { UpstreamReadings } from './upstream-readings.ts'

// What `/metrics` shows beside the calls themselves: each group is read when somebody asks. docs/metrics.md says what to do.

/** Connections of consumers. */
export const connectionGauges = (
  inFlight: () => number,
  server: Pick<DubboServer, 'connections' | 'unsentBytes'>,
  events: ReadonlyMap<string, number>
): Gauges => ({
  abox_in_flight: { help: 'Calls that are not answered yet.', type: 'gauge', read: inFlight },
  abox_connections: { help: 'Open Dubbo connections.', type: 'gauge', read: server.connections },
  abox_unsent_bytes: {
    help: 'Bytes of answers that consumers have not taken yet.',
    type: 'gauge',
    read: server.unsentBytes
  },
  abox_connection_events_total: {
    help: 'What happened on Dubbo connections, by event.',
    type: 'counter',
    label: 'event',
    read: () => events
  }
})

/** Endpoints of variants, their probes and their discovery. */
export const endpointGauges = (
  ofEndpoints: EndpointMetrics,
  { resolveFailures, refusedAddresses }: Pick<EndpointKeeper, 'resolveFailures' | 'refusedAddresses'>
): Gauges => ({
  abox_endpoint_state: {
    help: '0 = up, 1 = slow start, 2 = ejected, 3 = down.',
    type: 'gauge',
    label: ENDPOINT_LABELS,
    read: ofEndpoints.state
  },
  abox_endpoint_ejections_total: {
    help: 'How often an endpoint was taken out because calls failed.',
    type: 'counter',
    label: ENDPOINT_LABELS,
    read: ofEndpoints.ejections
  },
  abox_endpoint_failures_total: {
    help: 'Calls that count against an endpoint, by whether it could not be reached or answered badly.',
    type: 'counter',
    label: FAILURE_LABELS,
    read: ofEndpoints.failures
  },
  abox_endpoint_in_flight: {
    help: 'Calls at an endpoint.',
    type: 'gauge',
    label: ENDPOINT_LABELS,
    read: ofEndpoints.inFlight
  },
  abox_probe_failures_total: {
    help: 'Readiness probes that failed.',
    type: 'counter',
    label: VARIANT_LABELS,
    read: ofEndpoints.probeFailures
  },
  abox_discovery_kept_total: {
    help: 'Empty lists of endpoints, instead of which the last good one stayed.',
    type: 'counter',
    label: VARIANT_LABELS,
    read: ofEndpoints.discoveryKept
  },
  abox_resolve_failures_total: {
    help: 'Look-ups of endpoint names that gave no address; the last good ones stayed.',
    type: 'counter',
    read: resolveFailures
  },
  abox_endpoint_refused_total: {
    help: 'Addresses that names of third parties led to and that must not be called.',
    type: 'counter',
    read: refusedAddresses
  },
  abox_discovery_bad_names: {
    help: 'Nodes of workers in ZooKeeper that are no host:port, by model.',
    type: 'gauge',
    label: 'model',
    read: ofEndpoints.badNames
  }
})

/** What was refused, and how near the next refusal is. */
export const limitGauges = (
  limits: LimitKeeper,
  admission: Admission,
  memory: MemoryGuard,
  memoryBytes: number
): Gauges => ({
  abox_limited_total: {
    help: 'Calls that a limit of a document refused.',
    type: 'counter',
    label: ['document', 'limit'],
    read: limits.refused
  },
  abox_limit_in_use: {
    help: 'Calls under way that count against a limit of concurrent calls.',
    type: 'gauge',
    label: ['document', 'limit'],
    read: limits.inUse
  },
  abox_shed_total: {
    help: 'Calls refused to keep the instance alive, by reason.',
    type: 'counter',
    label: 'reason',
    read: admission.shed
  },
  abox_memory_bytes: { help: 'Memory that the process uses.', type: 'gauge', read: () => memory.used() },
  abox_memory_limit_bytes: { help: 'Memory that it may use.', type: 'gauge', read: () => memoryBytes },
  abox_memory_level: {
    help: '0 = enough, 1 = large calls are refused, 2 = all new calls are refused.',
    type: 'gauge',
    read: () => MEMORY_LEVELS.indexOf(memory.level)
  },
  abox_memory_level_total: {
    help: 'How often a level began.',
    type: 'counter',
    label: 'level',
    read: memory.begun
  }
})

/** The HTTP client. */
export const upstreamGauges = (ofUpstream: UpstreamReadings): Gauges => ({
  abox_upstream_waiting: {
    help: 'Calls that wait for a connection to a model.',
    type: 'gauge',
    read: ofUpstream.waiting
  },
  abox_upstream_running: { help: 'Requests on a connection to a model.', type: 'gauge', read: ofUpstream.running },
  abox_upstream_connections: {
    help: 'Open connections to models.',
    type: 'gauge',
    read: ofUpstream.connections
  },
  abox_upstream_refused_total: {
    help: 'Requests to models that were refused before anything was sent, by reason.',
    type: 'counter',
    label: 'reason',
    read: ofUpstream.refused
  },
  abox_upstream_held_bytes: {
    help: 'Bytes of answers of models that are coming or in work, of those above 64 KiB.',
    type: 'gauge',
    read: ofUpstream.heldBytes
  },
  abox_upstream_no_room_total: {
    help: 'Answers of models that were given up because all together would have held too much.',
    type: 'counter',
    read: ofUpstream.noRoom
  },
  abox_upstream_timeouts_total: {
    help: 'Requests to models that ended by a time limit, by what was waited for.',
    type: 'counter',
    label: 'phase',
    read: ofUpstream.timeouts
  },
  abox_upstream_retries_total: {
    help: 'Requests to models that were sent again, by reason.',
    type: 'counter',
    label: 'reason',
    read: ofUpstream.retries
  },
  abox_upstream_canceled_total: {
    help: 'Requests to models that were given up because nobody waited any more.',
    type: 'counter',
    read: ofUpstream.canceled
  },
  abox_upstream_idle_closed_total: {
    help: 'Idle connections to models that were closed to have a file handle for another one.',
    type: 'counter',
    read: ofUpstream.idleClosed
  }
})

/** Call records. */
export const recordGauges = (
  nextSeq: () => number,
  stats: () => { readonly queued: number; readonly dropped: number } | undefined
): Gauges => ({
  abox_records_total: { help: 'Call records made.', type: 'counter', read: nextSeq },
  abox_records_queued: {
    help: 'Records not sent yet.',
    type: 'gauge',
    read: () => stats()?.queued ?? 0
  },
  abox_records_dropped_total: {
    help: 'Records given away because the buffer was full.',
    type: 'counter',
    read: () => stats()?.dropped ?? 0
  }
})

/** Real calls that are kept for replay. */
export const recordingGauges = (
  stats: () => { readonly recorded: number; readonly dropped: ReadonlyMap<string, number> }
): Gauges => ({
  abox_recordings_total: {
    help: 'Calls recorded for replay.',
    type: 'counter',
    read: () => stats().recorded
  },
  abox_recordings_dropped_total: {
    help: 'Calls that were drawn and could not be recorded, by reason.',
    type: 'counter',
    label: 'reason',
    read: () => stats().dropped
  }
})

/** Versions of hooks that run beside those that answer. */
export const shadowGauges = (shadows: Pick<HookShadows, 'results' | 'seconds' | 'dropped'>): Gauges => ({
  abox_hook_shadow_total: {
    help: 'Calls that a hook in shadow has run on, by how its results compare.',
    type: 'counter',
    label: ['hook', 'version', 'result'],
    read: shadows.results
  },
  abox_hook_shadow_seconds_total: {
    help: 'Time that hooks in shadow took.',
    type: 'counter',
    label: ['hook', 'version'],
    read: shadows.seconds
  },
  abox_hook_shadow_dropped_total: {
    help: 'Calls that were drawn for a hook in shadow and not run.',
    type: 'counter',
    label: ['hook', 'version'],
    read: shadows.dropped
  }
})

/** Where versions of hooks run, and which do not any more. */
export const hookGauges = (
  hooks: Pick<WatchedHooks, 'states'>,
  sandboxes: () => { readonly restarts: number; readonly memoryBytes: number }
): Gauges => {
  const each = (read: (state: HookState) => number) => (): ReadonlyMap<string, number> =>
    new Map(hooks.states().map((state) => [`${state.hook}\n${state.version}`, read(state)]))
  return {
    abox_hook_placement: {
      help: '1 for the place where a version of a hook runs, 0 for the other one.',
      type: 'gauge',
      label: ['hook', 'version', 'placement'],
      read: () =>
        new Map(
          hooks
            .states()
            .flatMap(({ hook, version, placement }) =>
              PLACES.map((place) => [`${hook}\n${version}\n${place}`, place === placement ? 1 : 0] as const)
            )
        )
    },
    abox_hook_strikes_total: {
      help: 'How often a version of a hook went beyond a limit.',
      type: 'counter',
      label: ['hook', 'version'],
      read: each(({ strikesTotal }) => strikesTotal)
    },
    abox_hook_disabled: {
      help: '1 where a version of a hook is disabled.',
      type: 'gauge',
      label: ['hook', 'version'],
      read: each(({ disabled }) => (disabled === undefined ? 0 : 1))
    },
    abox_hook_stood_in_total: {
      help: 'Calls of a disabled version of a hook that another one ran for.',
      type: 'counter',
      label: ['hook', 'version'],
      read: each(({ stoodIn }) => stoodIn)
    },
    abox_hook_process_restarts_total: {
      help: 'Sandbox processes that ended without having been told to.',
      type: 'counter',
      read: () => sandboxes().restarts
    },
    abox_hook_process_memory_bytes: {
      help: 'Memory of the sandbox process.',
      type: 'gauge',
      read: () => sandboxes().memoryBytes
    }
  }
}

const PLACES = ['instance', 'sandbox'] as const

/** Documents in force. */
export const documentGauges = (
  current: () => { readonly applied: Readonly<Record<string, number>>; readonly refused: object }
): Gauges => ({
  abox_document_generation: {
    help: 'Generation in force, by document.',
    type: 'gauge',
    label: 'document',
    read: () => new Map(Object.entries(current().applied))
  },
  abox_documents_refused: {
    help: 'Published documents that are not in force.',
    type: 'gauge',
    read: () => Object.keys(current().refused).length
  }
})

/** The manager. */
export const managerGauges = (dropped: () => number): Gauges => ({
  abox_manager_summaries_dropped_total: {
    help: 'One-second summaries that a manager did not get.',
    type: 'counter',
    read: dropped
  }
})
