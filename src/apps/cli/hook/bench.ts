import { readdirSync, readFileSync } from 'node:fs'
import { type CommandInput, textOption } from '#core/command'
import { renderTable } from '#core/table'
import type { Sandbox } from '#lib/sandbox'
import { usage } from '../line-options.ts'
import { type HookRuntime, openRuntime, type Placement, placementOf } from './placement.ts'
import { stepsOf } from './run.ts'
import { type HookSample, readSamples } from './samples.ts'
import { findHookFile, type HookSource, hexOfCode, readHookSource } from './source.ts'
import { refuseFailed, testHook } from './test.ts'

/** One row of `abox hook bench`: microseconds of CPU for all that a hook does for one Dubbo call, `pre` and `post`. */
export interface HookBenchRow {
  readonly placement: Placement
  /** Calls that go into the isolate together. */
  readonly batch: number
  readonly hook: string
  readonly meanUs: number
  readonly p50Us: number
  readonly p99Us: number
  /** The median, divided by that of the identity hook beside it: means of a busy machine say less. */
  readonly ratio: number
}

const BATCHES = [1, 8, 32] as const
const ROUNDS = 400
const WARM_ROUNDS = 200
/** A slow hook is not measured longer than this per row, ms. */
const MAX_MS = 4000

/** Does nothing: what is left is the price of the runtime for the same JSON. */
const IDENTITY = 'export const pre = (call) => ({ body: call.args })\nexport const post = (reply) => reply.body\n'

/**
 * `abox hook bench FILE`: what the calls of the samples cost, in turns with a hook that does nothing, so that both meet the
 * same machine. Throws ABOX_HOOK_SAMPLE_FAILED and what `abox hook test` throws.
 */
export async function runHookBench(input: CommandInput, [path, ...more]: readonly string[]): Promise<number> {
  if (path === undefined || more.length > 0) throw usage('found no or several files, expected one FILE')
  const only = placementOf(input)
  const source = await readHookSource(await findHookFile(path))
  const rows: HookBenchRow[] = []
  for (const placement of only === undefined ? (['instance', 'sandbox'] as const) : [only]) {
    const runtime = openRuntime(placement)
    try {
      refuseFailed([await testHook(runtime, source)])
      rows.push(...(await benchIn(runtime, source)))
    } finally {
      await runtime.close()
    }
  }
  if (textOption(input, 'output') === 'json') {
    console.log(JSON.stringify({ hook: source.label, digest: source.digest, rows }, null, 2))
    return 0
  }
  console.log(
    renderTable(
      rows.map((row) => ({
        placement: row.placement,
        batch: row.batch,
        hook: row.hook,
        'µs CPU/call p50': row.p50Us.toFixed(1),
        p99: row.p99Us.toFixed(1),
        mean: row.meanUs.toFixed(1),
        'x identity': row.ratio.toFixed(2)
      }))
    )
  )
  console.log('CPU of this process and, for sandbox, of the other one; pre and post together, mean over the samples')
  return 0
}

async function benchIn(runtime: HookRuntime, source: HookSource): Promise<HookBenchRow[]> {
  const hook = await runtime.create(source)
  const identity = await runtime.create(identitySource())
  try {
    const samples = readSamples(hook, source.label)
    // Errors that are expected cost more than answers: only samples that are answered say what a call costs.
    const answered = samples.filter(({ expectError }) => expectError === undefined)
    const measured = answered.length > 0 ? answered : samples
    const rows: HookBenchRow[] = []
    for (const batch of BATCHES) {
      if (process.stderr.isTTY) process.stderr.write(`measuring ${runtime.placement}, batches of ${batch} …\n`)
      rows.push(...(await benchBatch(runtime, source.label, [hook, identity], measured, batch)))
    }
    return rows
  } finally {
    hook.dispose()
    identity.dispose()
  }
}

async function benchBatch(
  runtime: HookRuntime,
  label: string,
  [hook, identity]: readonly [Sandbox, Sandbox],
  samples: readonly HookSample[],
  batch: number
): Promise<HookBenchRow[]> {
  const times: [number[], number[]] = [[], []]
  const end = performance.now() + MAX_MS
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    if (round > 20 && performance.now() > end) break
    for (const [i, sandbox] of [hook, identity].entries()) {
      const us = await cpuOf(runtime, () => callBatch(sandbox, samples, round + WARM_ROUNDS, batch))
      if (round >= 0) times[i]?.push(us / batch)
    }
  }
  const [ours, theirs] = [row(times[0]), row(times[1])]
  const base = { placement: runtime.placement, batch }
  return [
    { ...base, hook: label, ...ours, ratio: ours.p50Us / theirs.p50Us },
    { ...base, hook: 'identity', ...theirs, ratio: 1 }
  ]
}

/** The calls of one batch, each with the next sample: what `pre` does for all of them, then `post`, as in a gateway. */
async function callBatch(
  sandbox: Sandbox,
  samples: readonly HookSample[],
  first: number,
  batch: number
): Promise<void> {
  for (const fn of ['pre', 'post'] as const) {
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < batch; i++) {
      const sample = samples[(first + i) % samples.length] as HookSample
      const step = stepsOf(sample).find((candidate) => candidate.fn === fn)
      if (step !== undefined) calls.push(sandbox.call(fn, step.args).catch(() => undefined))
    }
    await Promise.all(calls)
  }
}

/** CPU time of all threads of this process and of the one with the isolates, microseconds. */
async function cpuOf(runtime: HookRuntime, work: () => Promise<void>): Promise<number> {
  const other = runtime.pid()
  const remote = other !== undefined && other !== process.pid ? other : undefined
  const there = remote === undefined ? 0 : cpuOfProcess(remote)
  const here = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(here)
  return user + system + (remote === undefined ? 0 : cpuOfProcess(remote) - there)
}

/** Of every thread, in microseconds, exact to the nanosecond (Linux: sched-stats.rst); 0 elsewhere. */
function cpuOfProcess(pid: number): number {
  let ns = 0
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    }
  } catch {
    return 0
  }
  return ns / 1000
}

function row(times: readonly number[]): { meanUs: number; p50Us: number; p99Us: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { meanUs: times.reduce((sum, us) => sum + us, 0) / times.length, p50Us: at(0.5), p99Us: at(0.99) }
}

function identitySource(): HookSource {
  const hex = hexOfCode(IDENTITY)
  return { path: '', name: 'identity', label: 'identity', digest: `sha256:${hex}`, code: IDENTITY, language: 'js' }
}
