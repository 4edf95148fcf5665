import { hexOf, nameOf } from '../hooks/kept-trust.ts'
import { RESTART_REASONS, type RestartReason, SLOT_STATES } from './slot-types.ts'
import type { SupervisorStatus } from './status.ts'

/** By index. */
type Restarts = ReadonlyMap<number, Readonly<Record<RestartReason, number>>>

interface Row {
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly read: (
    status: SupervisorStatus,
    name: string,
    restarts: Restarts,
    hookCrashes: ReadonlyMap<string, number>
  ) => readonly string[]
}

const labels = (name: string, index: number, key: string, value: string): string =>
  `{instance="${name}-${index}",${key}="${value}"}`

const METRICS: Readonly<Record<string, Row>> = {
  abox_instance_state: {
    help: '1 for the state that an instance is in, 0 for the others.',
    type: 'gauge',
    read: ({ instances }, name) =>
      instances.flatMap(({ index, state }) =>
        SLOT_STATES.map((each) => `${labels(name, index, 'state', each)} ${each === state ? 1 : 0}`)
      )
  },
  abox_instance_restarts_total: {
    help: 'Processes that were replaced because they died, hung or did not start.',
    type: 'counter',
    read: (_status, name, restarts) =>
      [...restarts].flatMap(([index, counts]) =>
        RESTART_REASONS.map((reason) => `${labels(name, index, 'reason', reason)} ${counts[reason]}`)
      )
  },
  abox_hook_crashes_total: {
    help: 'Instances that a hook has ended or blocked.',
    type: 'counter',
    read: (_status, _name, _restarts, hookCrashes) =>
      [...hookCrashes].map(([key, count]) => `{hook="${nameOf(key)}",version="${hexOf(key)}"} ${count}`)
  },
  abox_spare_ready: {
    help: 'Whether a process waits to take the place of one that dies.',
    type: 'gauge',
    read: ({ spare }) => [` ${spare.state === 'waiting' ? 1 : 0}`]
  },
  abox_rollout_running: {
    help: 'Whether a rolling restart runs.',
    type: 'gauge',
    read: ({ rollout }) => [` ${rollout.state === 'running' ? 1 : 0}`]
  },
  abox_supervisor_lag_seconds: {
    help: 'By how much the event loop of the supervisor was late, at worst in the last minute.',
    type: 'gauge',
    read: ({ lagMs }) => [` ${lagMs / 1000}`]
  }
}

/** The supervisor's own metrics as Prometheus text; `name` is the gateway's, `hookCrashes` are by key of the version. */
export function supervisorMetrics(
  status: SupervisorStatus,
  restarts: Restarts,
  hookCrashes: ReadonlyMap<string, number>,
  name: string
): string {
  return Object.entries(METRICS)
    .map(([metric, { help, type, read }]) => {
      const samples = read(status, name, restarts, hookCrashes).map((sample) => metric + sample)
      return `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${samples.join('\n')}`
    })
    .join('\n\n')
}
