import type { Sandbox } from '#lib/sandbox'

/** V8 has compiled a function well after some hundred calls; but nobody's call should wait for long meanwhile. */
const MAX_CALLS = 300
const MAX_MS = 100

interface Sample {
  readonly call?: unknown
  readonly reply?: unknown
}

/**
 * Runs the hook's own samples, if it exports any, one call in each turn of the event loop. What they give is not looked
 * at: samples may expect errors. Rejects with what a sandbox rejects with only where that `isFatal`.
 */
export async function warmUp(sandbox: Sandbox, now: () => number, isFatal: (error: unknown) => boolean): Promise<void> {
  const calls = callsOf(sandbox)
  const begun = now()
  for (let i = 0; i < MAX_CALLS && calls.length > 0 && now() - begun < MAX_MS; i++) {
    await runCall(sandbox, calls[i % calls.length] as SampleCall, isFatal)
  }
}

/** Runs once each call that `warmUp` may run, and rejects as it does. `onCall` hears of each one before it begins; samples count from 1. */
export async function runSamples(
  sandbox: Sandbox,
  isFatal: (error: unknown) => boolean,
  onCall: (fn: string, sample: number) => void
): Promise<void> {
  for (const call of callsOf(sandbox).slice(0, MAX_CALLS)) {
    onCall(call.fn, call.sample)
    await runCall(sandbox, call, isFatal)
  }
}

async function runCall(
  sandbox: Sandbox,
  { fn, args }: SampleCall,
  isFatal: (error: unknown) => boolean
): Promise<void> {
  try {
    await sandbox.call(fn, args)
  } catch (error) {
    if (isFatal(error)) throw error
  }
}

interface SampleCall {
  readonly fn: string
  readonly args: readonly string[]
  readonly sample: number
}

function callsOf(sandbox: Sandbox): SampleCall[] {
  const calls: SampleCall[] = []
  for (const [index, { call, reply }] of samplesOf(sandbox).entries()) {
    const text = JSON.stringify(call ?? {})
    const sample = index + 1
    if (sandbox.exports.includes('pre')) calls.push({ fn: 'pre', args: [text], sample })
    if (sandbox.exports.includes('post') && reply !== undefined) {
      calls.push({ fn: 'post', args: [JSON.stringify(reply), text], sample })
    }
  }
  return calls
}

/** NaN and Infinity, which are no JSON, become null: for what is only run and not looked at that is as good. */
function samplesOf(sandbox: Sandbox): readonly Sample[] {
  try {
    const text = sandbox.readExport('samples') ?? '[]'
    const samples: unknown = JSON.parse(text.replace(BARE_WORDS, 'null'))
    if (!Array.isArray(samples)) return []
    return samples.filter((each): each is Sample => typeof each === 'object' && each !== null)
  } catch {
    // Exports that are no JSON are the author's to see, by `abox hook test`.
    return []
  }
}

const BARE_WORDS = /(?<=[[:,])-?(?:NaN|Infinity)(?=[\],}])/g
