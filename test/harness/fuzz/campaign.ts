import assert from 'node:assert/strict'
import { chance, type Pick, seedAt } from './chance.ts'
import { minimise } from './minimise.ts'
import { assertPrototypes } from './prototypes.ts'

export interface Campaign {
  /** For the line that is printed, and messages. */
  readonly name: string
  readonly seed: number
  /** So many inputs, or fewer when `capMs` is over before. */
  readonly runs: number
  readonly capMs: number
  readonly make: (pick: Pick, run: number) => Buffer
  /** Throws when anything is wrong. `thorough` is for the rare and expensive looks. */
  readonly check: (input: Buffer, run: number, thorough: boolean) => void
}

/** Every so many inputs are looked at in all ways. */
const THOROUGH_EVERY = 8

/**
 * Makes and checks inputs, the same for the same seed. A failing one is made small and thrown as hex, ready for the corpus. Answers
 * how many were checked.
 */
export function runCampaign({ name, seed, runs, capMs, make, check }: Campaign): number {
  const { stackTraceLimit } = Error
  const stop = performance.now() + capMs
  let run = 0
  // Traces cost more than the readers do; those of a failure are made when it is seen again.
  Error.stackTraceLimit = 0
  try {
    for (; run < runs; run++) {
      if ((run & 63) === 0 && performance.now() > stop) break
      const input = make(chance(seedAt(seed, run)), run)
      const thorough = run % THOROUGH_EVERY === 0
      const failure = failureOf(() => check(input, run, thorough))
      if (failure === undefined) continue
      Error.stackTraceLimit = stackTraceLimit
      report(name, seed, run, input, failure, (candidate) => check(candidate, run, thorough))
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  assertPrototypes()
  return run
}

function report(
  name: string,
  seed: number,
  run: number,
  input: Buffer,
  failure: Error,
  check: (candidate: Buffer) => void
): never {
  const kind = kindOfFailure(failure)
  const small = minimise(Buffer.from(input), (candidate) => {
    const other = failureOf(() => check(candidate))
    return other !== undefined && kindOfFailure(other) === kind
  })
  const again = failureOf(() => check(small)) ?? failure
  assert.fail(
    `${name}: input ${run} of seed ${seed} (ABOX_FUZZ_SEED=${seed}), ${small.length} bytes:\n${small.toString('hex')}\n${again.stack}`
  )
}

function failureOf(run: () => void): Error | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Failures of one cause: numbers and what stands behind the first words differ from input to input. */
function kindOfFailure({ name, message }: Error): string {
  return `${name}: ${message.replace(/\d+/g, '').slice(0, 24)}`
}
