// npm run bench -- limits [--rounds n]: what entering and leaving limits costs a call, on 10 and on 10,000 routes, and what choosing
// an endpoint costs, of 1 and of 1,000.
import { parseArgs } from 'node:util'
import { createAdmission } from '../src/apps/gateway/admission.ts'
import { Call } from '../src/apps/gateway/call.ts'
import { methodLimits, modelLimits, serviceLimits } from '../src/apps/gateway/documents/compile-limits.ts'
import { errorReply } from '../src/apps/gateway/error-reply.ts'
import { createLimitKeeper, type LimitKeeper } from '../src/apps/gateway/limits.ts'
import { createMemoryGuard } from '../src/apps/gateway/memory-guard.ts'
import type { ModelEntry, Route } from '../src/apps/gateway/routing-table.ts'
import type { Limits } from '../src/contracts/common.ts'
import { systemClock } from '../src/core/clock.ts'
import { silentLogger } from '../src/core/logger.ts'
import { benchBalancing } from './balancing.ts'
import { mulberry32 } from './random.ts'
import { CALLS, inSlices } from './slices.ts'

/** Numbers that nobody reaches: what is measured is the way of a call that passes. */
const AMPLE: Limits = { ratePerSecond: 1_000_000, burst: 1_000_000, concurrent: 1_000_000 }
const EACH: Limits = { ...AMPLE, callers: { '*': AMPLE } }
/** Of service, method and model. */
type KindLimits = readonly [Limits | undefined, Limits | undefined, Limits | undefined]
const KINDS: readonly { readonly name: string; readonly limits: KindLimits }[] = [
  { name: 'none: the loop itself', limits: [undefined, undefined, undefined] },
  { name: 'of the service', limits: [AMPLE, undefined, undefined] },
  { name: 'of service, method and model', limits: [AMPLE, AMPLE, AMPLE] },
  { name: 'of the service and each caller', limits: [EACH, undefined, undefined] },
  { name: 'of all three and each caller', limits: [EACH, EACH, EACH] }
]
/** Which of them the budget is for, without the first one. */
const BUDGETED = 1
/**
 * How many routes there are and how calls fall on them. With all alike, a call finds nothing of its route in the cache,
 * and what is measured is the memory: the work is the same.
 */
const TRAFFICS = [
  { name: '10 routes', size: 10, skew: 0 },
  { name: '10,000 routes, as traffic is', size: 10_000, skew: 1 },
  { name: '10,000 routes, all alike', size: 10_000, skew: 0 }
] as const
type Traffic = (typeof TRAFFICS)[number]
const CALLERS = Array.from({ length: 50 }, (_, at) => `application-${at}`)
/** All are made before the measurement: as many as are in flight at a time. */
const OBJECTS = 200
const BUDGET_US = 0.3

interface Target {
  readonly route: Route
  readonly model: ModelEntry
}

/** Prints one table; exits with 1 when limits of service, method and model are over their budget. */
export async function benchLimits(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '15' } } })
  const rounds = Number(values.rounds)
  const rows = [
    ...KINDS.map(({ name, limits }) => ({ name, runs: TRAFFICS.map((traffic) => limitsRun(traffic, limits)) })),
    { name: 'admission with the share of its caller', runs: TRAFFICS.map(() => admissionRun()) }
  ]
  for (let round = 0; round < rounds; round++) for (const { runs } of rows) for (const run of runs) run()
  const [loop = [], ...found] = rows.map(({ runs }) => runs.map((run) => run()))
  const own = found.map((cells) => cells.map((us, column) => Math.max(0, us - (loop[column] as number))))
  console.log(`µs a call, entering and leaving, without the loop itself; best of ${rounds} rounds of ${CALLS} calls`)
  console.log(`| limits | ${TRAFFICS.map(({ name }) => name).join(' | ')} |`)
  console.log(`|---|${TRAFFICS.map(() => '---:|').join('')}`)
  for (const [row, cells] of own.entries()) {
    console.log(`| ${rows[row + 1]?.name} | ${cells.map((us) => us.toFixed(3)).join(' | ')} |`)
  }
  const [few = 0, many = 0] = own[BUDGETED] ?? []
  const verdict = many < BUDGET_US ? 'kept' : 'NOT KEPT'
  console.log(`budget ${BUDGET_US} µs on 10,000 routes: ${verdict}; ${(many / few).toFixed(2)} times that on 10`)
  benchBalancing(rounds)
  const refused = refusalRun()
  let refusal = refused()
  for (let round = 0; round < rounds; round++) refusal = refused()
  console.log(`a refused call, from the limit to the frame of its answer: ${refusal.toFixed(1)} µs`)
  if (many >= BUDGET_US) process.exitCode = 1
}

function limitsRun({ size, skew }: Traffic, [service, method, model]: KindLimits): () => number {
  const keeper = createLimitKeeper(systemClock)
  const targets = Array.from({ length: size }, (_, at): Target => {
    const key = `com.example.Service${at}`
    return {
      route: {
        serviceLimits: serviceLimits(key, service),
        limits: methodLimits(key, { name: 'score', ...(method !== undefined && { limits: method }) })
      } as Partial<Route> as Route,
      model: { limits: modelLimits(`model-${at}`, model) } as Partial<ModelEntry> as ModelEntry
    }
  })
  keeper.adopt({
    services: new Map(
      targets.map(({ route }, at) => [String(at), { methods: new Map([['score', [route]]]) } as never])
    ),
    models: new Map(targets.map((target, at) => [String(at), target.model]))
  })
  const calls = makeCalls()
  const random = mulberry32(7)
  // Zipf: the n-th busiest route has 1/n of the calls of the busiest.
  const pick = (): number => (skew === 0 ? random() * size : size ** random() - 1)
  const order = Array.from({ length: CALLS }, () => targets[Math.floor(pick())] as Target)
  return inSlices((from, to) => enterAndLeave(keeper, calls, order, from, to))
}

/** Calls that find the one place of their service taken: the error is thrown and made into the answer. */
function refusalRun(): () => number {
  const keeper = createLimitKeeper(systemClock)
  const limits = serviceLimits('com.example.Service', { concurrent: 1 })
  const route = { serviceLimits: limits, limits: undefined } as Partial<Route> as Route
  keeper.adopt({ services: new Map([['s', { methods: new Map([['score', [route]]]) } as never]]), models: new Map() })
  const calls = makeCalls()
  keeper.enterRoute(calls[0] as Call, route, performance.now())
  return inSlices((from, to) => {
    for (let at = from; at < to; at++) {
      const call = calls[1 + (at % (OBJECTS - 1))] as Call
      try {
        keeper.enterRoute(call, route, performance.now())
      } catch (error) {
        errorReply(call, error)
      }
    }
  })
}

function enterAndLeave(
  keeper: LimitKeeper,
  calls: readonly Call[],
  order: readonly Target[],
  from: number,
  to: number
): void {
  for (let at = from; at < to; at++) {
    const call = calls[at % OBJECTS] as Call
    const { route, model } = order[at] as Target
    // A call has read the clock for its deadline.
    const now = performance.now()
    keeper.enterRoute(call, route, now)
    keeper.enterModel(call, model, now)
    keeper.leave(call)
  }
}

function admissionRun(): () => number {
  const memory = createMemoryGuard({ limitBytes: Number.MAX_SAFE_INTEGER, everyMs: 0, log: silentLogger })
  const admission = createAdmission({ inFlight: 10_000, memory })
  const calls = makeCalls()
  return inSlices((from, to) => {
    for (let at = from; at < to; at++) {
      const call = calls[at % OBJECTS] as Call
      // As in the other loop, which is taken off.
      call.deadlineMs = performance.now()
      admission.enter(call, 1)
      admission.named(call, 1)
      admission.leave(call)
    }
  })
}

function makeCalls(): Call[] {
  const connections = CALLERS.map(() => ({ remoteAddress: '10.0.0.1', remotePort: 1, closed: false }))
  return Array.from({ length: OBJECTS }, (_, at) => {
    const request = { requestId: Buffer.alloc(8), connection: connections[at % CALLERS.length], body: Buffer.alloc(0) }
    const call = new Call(request as never, 0, 0)
    call.caller = CALLERS[at % CALLERS.length] as string
    return call
  })
}
