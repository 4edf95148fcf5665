import type { ChildProcess } from 'node:child_process'
import { type CommandInput, textOption } from '#core/command'
import { AboxError, describe } from '#core/errors'
import { createSandbox, type LineCoverage, type Sandbox, spawnSandboxProcess, takeCoverage } from '#lib/sandbox'
import { usage } from '../line-options.ts'
import { hookErrors } from './errors.ts'
import { type HookCost, measureCost } from './measure.ts'
import { ABOX, type HookRuntime, openRuntime, placementOf } from './placement.ts'
import { type HookTestReport, renderTestReport } from './report.ts'
import { runSample, type SampleResult, stepsOf, wasStopped } from './run.ts'
import { type HookSample, readSamples } from './samples.ts'
import { findHookFiles, type HookSource, readHookSource } from './source.ts'

export type { HookTestReport } from './report.ts'

const MAX_LOG_LINES = 20

/**
 * `abox hook test`: runs the samples of hooks as a gateway runs them. Throws ABOX_HOOK_SAMPLE_FAILED after the report,
 * ABOX_HOOK_SAMPLES, ABOX_HOOK_COMPILE, ABOX_HOOK_FILE.
 */
export async function runHookTest(input: CommandInput, [path, ...more]: readonly string[]): Promise<number> {
  if (path === undefined || more.length > 0)
    throw usage(`found ${more.length + (path === undefined ? 0 : 1)} files, expected one FILE or FOLDER`)
  const json = textOption(input, 'output') === 'json'
  const runtime = openRuntime(placementOf(input) ?? 'instance')
  const reports: HookTestReport[] = []
  try {
    for (const file of await findHookFiles(path)) {
      const source = await readHookSource(file)
      const report = await testHook(runtime, source)
      reports.push(report)
      if (!json) console.log(renderTestReport(report, source.code, input.options['coverage'] === true))
    }
  } finally {
    await runtime.close()
  }
  if (json) console.log(JSON.stringify({ ok: reports.every(({ ok }) => ok), hooks: reports }, null, 2))
  refuseFailed(reports)
  return 0
}

/** Throws ABOX_HOOK_SAMPLE_FAILED with the first difference when a sample failed. */
export function refuseFailed(reports: readonly HookTestReport[]): void {
  const failed = reports.flatMap(({ hook, samples }) =>
    samples.filter(({ ok }) => !ok).map((sample) => ({ hook, sample }))
  )
  const [first] = failed
  if (first === undefined) return
  const all = reports.reduce((sum, { samples }) => sum + samples.length, 0)
  const step = first.sample.steps.find(({ ok }) => !ok)
  const [difference] = step?.differences ?? []
  const what =
    step?.error?.message ??
    `${difference?.path === '' ? 'the whole' : difference?.path}: found ${difference?.found ?? 'nothing'}, expected ${difference?.expected ?? 'nothing'}`
  throw new AboxError(
    hookErrors.ABOX_HOOK_SAMPLE_FAILED,
    `${first.hook}: ${failed.length} of ${all} samples failed; first "${first.sample.name}", ${step?.fn ?? ''}: ${what}`
  )
}

/**
 * Runs the samples of one hook, counts its lines, and measures it when all of them passed. In this process only what has
 * been run in one that may die: what was stopped there is not tried here, where it might end or block everything.
 */
export async function testHook(runtime: HookRuntime, source: HookSource): Promise<HookTestReport> {
  const tried = runtime.placement === 'instance' ? await tryApart(source) : []
  const sandbox = await runtime.create(source)
  try {
    refuseUseless(sandbox, source.label)
    const samples = readSamples(sandbox, source.label)
    const results: SampleResult[] = []
    for (const [i, sample] of samples.entries()) {
      const before = tried[i]
      results.push(before !== undefined && wasStopped(before) ? before : await runSample(sandbox, sample))
    }
    const logs = sandbox.takeLogs()
    const ok = results.every((result) => result.ok)
    const counted = await coverageOf(source, samples, results)
    const cost = ok ? await costOf(sandbox, source, samples, results) : undefined
    const { p50Us, ...rest } = cost ?? { p50Us: [] }
    return {
      file: source.path,
      hook: source.label,
      digest: source.digest,
      placement: runtime.placement,
      ok,
      samples: results.map((result, i) => withTimes(result, p50Us[i])),
      ...counted,
      cost: cost === undefined ? undefined : (rest as Omit<HookCost, 'p50Us'>),
      logs: logs.slice(0, MAX_LOG_LINES)
    }
  } finally {
    sandbox.dispose()
  }
}

async function tryApart(source: HookSource): Promise<readonly SampleResult[]> {
  const runtime = openRuntime('sandbox')
  try {
    const sandbox = await runtime.create(source)
    refuseUseless(sandbox, source.label)
    const results: SampleResult[] = []
    for (const sample of readSamples(sandbox, source.label)) results.push(await runSample(sandbox, sample))
    return results
  } finally {
    await runtime.close()
  }
}

/** As a gateway does when the document names it. */
function refuseUseless({ exports }: Sandbox, label: string): void {
  if (exports.includes('pre') || exports.includes('post')) return
  throw new AboxError(
    hookErrors.ABOX_HOOK_SAMPLES,
    `${label}: found exports ${exports.join(', ')}, expected a function pre or post`
  )
}

const NOT_COUNTED: LineCoverage = { lines: [], missed: [], uncalled: [] }

/**
 * Counted in a second run, because counting makes calls slower, with room to spare and only for samples that did not stop
 * the isolate; in a process of its own, which may end or hang. What comes of it changes no verdict.
 */
async function coverageOf(
  source: HookSource,
  samples: readonly HookSample[],
  results: readonly SampleResult[]
): Promise<Pick<HookTestReport, 'coverage' | 'coverageMissing'>> {
  const { code, label, language } = source
  const calls = samples.filter((_, i) => !wasStopped(results[i] as SampleResult)).flatMap(stepsOf)
  try {
    const start = (): ChildProcess => spawnSandboxProcess(ABOX, 'hook-coverage')
    return { coverage: await takeCoverage(start, { source: code, name: label, language, calls }) }
  } catch (error) {
    return { coverage: NOT_COUNTED, coverageMissing: describe(error) }
  }
}

async function costOf(
  sandbox: Sandbox,
  source: HookSource,
  samples: readonly HookSample[],
  results: readonly SampleResult[]
): Promise<HookCost> {
  const memory = await createSandbox({ source: source.code, name: source.label, language: source.language })
  try {
    return await measureCost(sandbox, memory, samples, results.map(wasStopped))
  } finally {
    memory.dispose()
  }
}

function withTimes(result: SampleResult, times: readonly number[] | undefined): SampleResult {
  if (times === undefined) return result
  const steps = result.steps.map((step, i) => {
    const us = times[i]
    return us === undefined ? step : { ...step, p50Us: Math.round(us * 10) / 10 }
  })
  return { ...result, steps }
}
