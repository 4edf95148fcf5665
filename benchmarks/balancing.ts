import { systemClock } from '../src/core/clock.ts'
import { createEndpointSet, type Endpoint } from '../src/lib/upstream/index.ts'
import { mulberry32 } from './random.ts'
import { CALLS, inSlices } from './slices.ts'

const POLICIES = ['round-robin', 'least-request'] as const
type Policy = (typeof POLICIES)[number]
const SIZES = [1, 10, 100, 1000]
/** Calls under way at a time. */
const IN_FLIGHT = 200

/** Prints what choosing an endpoint and giving it back costs a call. */
export function benchBalancing(rounds: number): void {
  const rows = POLICIES.map((policy) => ({ policy, runs: SIZES.map((size) => balancingRun(policy, size)) }))
  for (let round = 0; round < rounds; round++) for (const { runs } of rows) for (const run of runs) run()
  console.log(`µs a call, choosing an endpoint and giving it back, with the loop; ${IN_FLIGHT} calls under way`)
  console.log(`| endpoints | ${SIZES.map((size) => size.toLocaleString('en')).join(' | ')} |`)
  console.log(`|---|${SIZES.map(() => '---:|').join('')}`)
  for (const { policy, runs } of rows) console.log(`| ${policy} | ${runs.map((run) => run().toFixed(3)).join(' | ')} |`)
}

function balancingRun(policy: Policy, size: number): () => number {
  const origins = Array.from({ length: size }, (_, at) => `http://10.0.${at >> 8}.${at & 255}:8501`)
  const random = mulberry32(7)
  const set = createEndpointSet({ clock: systemClock, origins, policy, maxInFlight: CALLS, random })
  const held = Array.from({ length: IN_FLIGHT }, () => set.acquire() as Endpoint)
  return inSlices((from, to) => {
    for (let at = from; at < to; at++) {
      const place = at % IN_FLIGHT
      set.release(held[place] as Endpoint, 'ok', 1)
      held[place] = set.acquire() as Endpoint
    }
  })
}
