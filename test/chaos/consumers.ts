import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../harness/until.ts'
import type { DubboVersion } from '../peers/java.ts'
import { type JavaConsumer, type LoadOptions, type LoadResult, startConsumer } from '../peers/java-consumer.ts'

/** What one consumer met in one window. */
export interface ConsumerWindow {
  /** The exact Dubbo version. */
  readonly dubbo: string
  readonly calls: number
  readonly failed: number
  readonly wrong: number
  readonly slowestMs: number
  /** The longest time between two looks at which more of its calls had succeeded; it is looked at every 50 ms. */
  readonly gapMs: number
  /** When the last call to begin among those that failed began, epoch ms; 0 = none failed. */
  readonly lastFailureBegunAt: number
  /** How often each exception and each wrong answer came. */
  readonly texts: Readonly<Record<string, number>>
}

/** Java consumers that call all the time. What they meet is counted in windows that follow one another. */
export interface Callers {
  readonly count: number
  /** Calls that one consumer has in flight at most. */
  readonly threads: number
  /** Between the starts of two calls of one thread. */
  readonly intervalMs: number
  begin(): Promise<void>
  /** Resolves when each of them has made so many successful calls more. */
  succeed(calls: number): Promise<void>
  /** Waits for the calls in flight and gives the window. */
  end(): Promise<readonly ConsumerWindow[]>
  stop(): Promise<void>
}

export interface CallersOptions {
  readonly versions: readonly DubboVersion[]
  /** `host:port` of ZooKeeper. */
  readonly registry: string
  readonly retries: number
}

const LOAD = { threads: 4, kinds: ['score', 'echo'], intervalMs: 40 } as const satisfies LoadOptions
const LOOK_EVERY_MS = 50
const WARM_UP_CALLS = 50

/** Resolves when all of them stand and are warm. */
export async function startCallers({ versions, registry, retries }: CallersOptions): Promise<Callers> {
  const starting = versions.map((dubbo) => startConsumer({ dubbo, registry, retries, application: `steady-${dubbo}` }))
  const settled = await Promise.allSettled(starting)
  const consumers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(consumers.map((consumer) => consumer.stop()))
  }
  const failure = settled.find((each) => each.status === 'rejected')
  if (failure !== undefined) {
    await stop()
    throw failure.reason
  }
  // The first calls of a JVM are slow.
  await Promise.all(consumers.map((consumer) => consumer.soak({ ...LOAD, calls: WARM_UP_CALLS })))
  let watches: Watch[] = []
  return {
    count: consumers.length,
    threads: LOAD.threads,
    intervalMs: LOAD.intervalMs,
    stop,
    async begin() {
      watches = await Promise.all(consumers.map((consumer) => watch(consumer)))
    },
    async succeed(calls) {
      const wanted = watches.map((each) => each.ok() + calls)
      const enough = (): boolean => watches.every((each, index) => each.ok() >= (wanted[index] ?? 0))
      await until(`${calls} more good calls of each consumer`, enough, 60_000)
    },
    end: () => Promise.all(watches.map((each) => each.end()))
  }
}

interface Watch {
  ok(): number
  end(): Promise<ConsumerWindow>
}

async function watch(consumer: JavaConsumer): Promise<Watch> {
  await consumer.steadyStart(LOAD)
  let ok = 0
  let grewAt = performance.now()
  let gapMs = 0
  let ending = false
  const note = (status: LoadResult): void => {
    const now = performance.now()
    gapMs = Math.max(gapMs, now - grewAt)
    if (status.ok === ok) return
    ok = status.ok
    grewAt = now
  }
  const looking = (async () => {
    while (!ending) {
      note(await consumer.steadyStatus())
      await sleep(LOOK_EVERY_MS)
    }
  })()
  // A consumer that has died is told by `end`.
  looking.catch(() => {})
  return {
    ok: () => ok,
    async end() {
      ending = true
      await looking
      const { calls, failed, wrong, slowestMs, lastFailureBegunAt, exceptions, wrongAnswers } =
        await consumer.steadyStop()
      return {
        ...{ dubbo: consumer.dubboVersion, calls, failed, wrong, slowestMs, lastFailureBegunAt },
        gapMs: Math.round(gapMs),
        texts: { ...exceptions, ...wrongAnswers }
      }
    }
  }
}
