import type { Sandbox } from '#lib/sandbox'
import { type Step, stepsOf } from './run.ts'
import type { HookSample } from './samples.ts'

/** What the samples of a hook cost, each function called alone. */
export interface HookCost {
  /** Median wall time by sample and step, microseconds. */
  readonly p50Us: readonly (readonly number[])[]
  /** Memory that one call asks for, bytes: the median over the samples of `pre` and `post` together. */
  readonly bytesPerCall: number
  /** What the isolate holds afterwards, bytes. */
  readonly memoryBytes: number
  /** Names of samples that gave another result the second time: what they prove is chance. */
  readonly unstable: readonly string[]
}

const ROUNDS = 200
/** A slow hook is not measured longer than this, per function, ms. */
const MAX_MS = 300
const MIN_ROUNDS = 5

/**
 * Only for samples that passed. `memory` is a sandbox in this process, because only there each call's memory shows; where it
 * might do harm to it, which `stopped` says, a sample has no cost.
 */
export async function measureCost(
  sandbox: Sandbox,
  memory: Sandbox,
  samples: readonly HookSample[],
  stopped: readonly boolean[]
): Promise<HookCost> {
  const p50Us: number[][] = []
  const bytes: number[] = []
  const unstable: string[] = []
  for (const [i, sample] of samples.entries()) {
    if (stopped[i] === true) {
      p50Us.push([])
      continue
    }
    const times: number[] = []
    let sum = 0
    for (const step of stepsOf(sample)) {
      const { us, stable } = await timeOf(sandbox, step)
      times.push(us)
      if (!stable && !unstable.includes(sample.name)) unstable.push(sample.name)
      sum += await bytesOf(memory, step)
    }
    p50Us.push(times)
    bytes.push(sum)
  }
  return { p50Us, bytesPerCall: median(bytes), memoryBytes: memory.stats().memoryBytes, unstable }
}

async function timeOf(sandbox: Sandbox, step: Step): Promise<{ us: number; stable: boolean }> {
  const times: number[] = []
  const results = new Set<string>()
  const end = performance.now() + MAX_MS
  for (let i = 0; i < ROUNDS && (i < MIN_ROUNDS || performance.now() < end); i++) {
    const start = performance.now()
    const result = await call(sandbox, step)
    times.push((performance.now() - start) * 1000)
    results.add(result)
  }
  return { us: median(times), stable: results.size === 1 }
}

/** Between two garbage collections the memory of an isolate grows by just what each call asks for. */
async function bytesOf(sandbox: Sandbox, step: Step): Promise<number> {
  const grown: number[] = []
  const end = performance.now() + MAX_MS
  for (let i = 0; i < ROUNDS && (i < MIN_ROUNDS || performance.now() < end); i++) {
    const before = sandbox.stats().memoryBytes
    await call(sandbox, step)
    grown.push(sandbox.stats().memoryBytes - before)
  }
  return Math.max(0, median(grown))
}

/** An expected error is a result, too. */
function call(sandbox: Sandbox, { fn, args }: Step): Promise<string> {
  return sandbox.call(fn, args).catch((error: unknown) => String(error))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
