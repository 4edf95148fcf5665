import { AboxError } from '#core/errors'
import type { Sandbox } from '#lib/sandbox'
import { diffHookJson, type HookDifference } from './diff.ts'
import { type HookJson, isObject, parseHookJson } from './json.ts'
import type { HookSample } from './samples.ts'

/** What one function did for one sample. */
export interface StepResult {
  readonly fn: 'pre' | 'post'
  readonly ok: boolean
  readonly differences: readonly HookDifference[]
  /** The error that ended it and was not expected, or that it was not the one expected. */
  readonly error?: { readonly code: string; readonly message: string } | undefined
  /** Code of the error that was expected and came. */
  readonly expectedCode?: string
  /** Wall time of one call alone, microseconds, median; only of what is right. */
  readonly p50Us?: number
}

export interface SampleResult {
  readonly name: string
  readonly ok: boolean
  readonly steps: readonly StepResult[]
}

/** One function of the hook with what it gets and what it must give. */
export interface Step {
  readonly fn: 'pre' | 'post'
  readonly args: readonly string[]
  readonly expected: HookJson | undefined
  readonly expectError: string | undefined
}

/** What a sample has the hook do, in order. */
export function stepsOf({ call, reply, expectRequest, expect, expectError }: HookSample): Step[] {
  const steps: Step[] = []
  const failing = { expected: undefined, expectError }
  if (expectRequest !== undefined) {
    steps.push({ fn: 'pre', args: [call], expected: expectRequest, expectError: undefined })
  }
  if (expectError !== undefined && reply === undefined) steps.push({ fn: 'pre', args: [call], ...failing })
  if (reply !== undefined) {
    const args = [reply, call]
    steps.push(
      expectError === undefined
        ? { fn: 'post', args, expected: expect, expectError: undefined }
        : { fn: 'post', args, ...failing }
    )
  }
  return steps
}

/** Whether one of its functions was stopped, or worse: it is not to be run where that would do harm. */
export function wasStopped({ steps }: SampleResult): boolean {
  return steps.some(({ error, expectedCode = error?.code ?? 'ABOX_HOOK_THROW' }) => expectedCode !== 'ABOX_HOOK_THROW')
}

export async function runSample(sandbox: Sandbox, sample: HookSample): Promise<SampleResult> {
  const steps: StepResult[] = []
  for (const step of stepsOf(sample)) steps.push(await runStep(sandbox, step, sample.tolerance))
  return { name: sample.name, ok: steps.every(({ ok }) => ok), steps }
}

async function runStep(sandbox: Sandbox, step: Step, tolerance: number): Promise<StepResult> {
  const { fn, expectError } = step
  let text: string
  try {
    text = await sandbox.call(fn, step.args)
  } catch (thrown) {
    const { code, message } = AboxError.from(thrown)
    if (expectError !== undefined && message.includes(expectError))
      return { fn, ok: true, differences: [], expectedCode: code }
    return { fn, ok: false, differences: [], error: { code, message } }
  }
  const found = resultOf(fn, text)
  if (expectError !== undefined) {
    const difference = { path: '', expected: `an error with "${expectError}"`, found: text.slice(0, 120) }
    return { fn, ok: false, differences: [difference] }
  }
  if (found === undefined) {
    const difference = { path: '', expected: 'an object with body', found: text.slice(0, 120) }
    return { fn, ok: false, differences: [difference] }
  }
  const differences = diffHookJson(step.expected ?? null, found, tolerance)
  return { fn, ok: differences.length === 0, differences }
}

/** Of what `pre` returns the request is `body`; undefined where it has none. */
function resultOf(fn: 'pre' | 'post', text: string): HookJson | undefined {
  const value = parseHookJson(text)
  if (fn === 'post') return value
  return isObject(value) ? value.get('body') : undefined
}
