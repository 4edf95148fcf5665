import type { Fault } from './fault.ts'
import type { Behaviour } from './model-server.ts'
import type { World } from './world.ts'

const CALLS_TOTAL = 'abox_calls_total'
const EJECTIONS = 'abox_endpoint_ejections_total'
const FAILURES = 'abox_endpoint_failures_total'
const RETRIES = 'abox_upstream_retries_total'
const TIMEOUTS = 'abox_upstream_timeouts_total'
/** A quarter of all calls goes to the door: these make it certain that it had some of each consumer. */
const CALLS = 40
const WITHIN_MS = 30_000
/** As abox_endpoint_state says it. */
const SLOW_START = 1

/** One of the two endpoints of a variant goes bad; with `out`, until every instance has taken it out. */
function modelFault(kind: Behaviour['kind'], out: boolean, more: Pick<Fault, 'mayFail' | 'grows' | 'counters'>): Fault {
  return { name: `model-${kind}`, ...more, run: (world) => goneBad(world, kind, out) }
}

async function goneBad(world: World, kind: Behaviour['kind'], out: boolean): Promise<readonly string[]> {
  const { model, callers, wait, doorStates } = world
  const notes: string[] = []
  const all = async (is: (state: number) => boolean): Promise<boolean> => {
    const states = await doorStates(0)
    return states.length > 0 && states.every(is)
  }
  const since = async (what: string, event: string, is: (state: number) => boolean): Promise<void> => {
    const at = performance.now()
    await wait(`the endpoint to be ${what}`, () => all(is), WITHIN_MS)
    notes.push(`${what} ${((performance.now() - at) / 1000).toFixed(1)} s after ${event}`)
  }
  try {
    await model.behave(0, kind === 'slow' ? { kind, ms: 1000 } : { kind })
    if (out) await since('out', 'the fault', (state) => state > SLOW_START)
    await callers.succeed(CALLS)
  } finally {
    await model.behave(0, { kind: 'ok' })
  }
  if (!out) return notes
  await since('back', 'its end', (state) => state <= SLOW_START)
  await since('at its full share', 'that', (state) => state === 0)
  return notes
}

/** `any`: the calls that show that the endpoint is bad fail. Where nothing was sent, another endpoint has the call. */
export const modelFaults: readonly Fault[] = [
  modelFault('slow', false, { mayFail: 'none', grows: [CALLS_TOTAL], counters: [TIMEOUTS] }),
  modelFault('reset', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS], counters: [RETRIES] }),
  modelFault('half', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS], counters: [RETRIES] }),
  modelFault('short', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS], counters: [RETRIES] }),
  modelFault('page', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS], counters: [RETRIES] }),
  modelFault('long', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS, TIMEOUTS], counters: [] }),
  modelFault('hang', true, { mayFail: 'any', grows: [FAILURES, EJECTIONS, TIMEOUTS], counters: [] }),
  modelFault('refuse', true, {
    mayFail: 'any',
    grows: [FAILURES, EJECTIONS],
    counters: ['abox_probe_failures_total', RETRIES]
  })
]
