import { createSandboxMaker, type MakeSandboxOptions } from '../../src/apps/gateway/hooks/make-sandbox.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Sandbox } from '../../src/lib/sandbox/index.ts'
import { queuedMs } from './own-time.ts'
import { FEATURES, HOOK_KINDS } from './payloads.ts'
import type { MeasuredProcess } from './sandbox-process.ts'

const PER_MS = 4
const PHASE_MS = 1000
const SWAP_EVERY_MS = 100
const LATE_MS = 1
const CALL = `{"args":${String(HOOK_KINDS.features.args[0])},"attachments":{}}`
const SAMPLES = `\nexport const samples = [{ call: ${CALL} }]`

interface Phase {
  calls: number
  failed: number
  late: number
  worstMs: number
  swaps: number
  /** How long the thread was ready to run and had no CPU. */
  queuedMs: number
}

/**
 * Calls that fall due at a steady rate while the version is swapped ten times a second, and the same without swaps, in
 * turn. The process does nothing but wait for the next call to fall due, in turns of the event loop, so that no timer
 * makes any late. A call's time begins when it falls due and ends with the turn in which it is answered. The phases without
 * swaps, and the time that the processes were kept from the CPU, say what others on the machine did.
 */
export async function measureSwap({ sandboxes }: MeasuredProcess, rounds: number): Promise<object[]> {
  const options = { memoryMb: 64, timeoutMs: 1000, sandboxes, note: undefined, clock: systemClock }
  const make = createSandboxMaker(options as MakeSandboxOptions)
  let n = 0
  const rows: object[] = []
  for (const place of ['instance', 'sandbox'] as const) {
    const build = (): Promise<Sandbox> => {
      const code = `${FEATURES}${SAMPLES}\n// ${n++}`
      return make(place, `bench@${String(n).padStart(64, '0')}`, { code, language: 'js' } as never)
    }
    const first = await build()
    const line = new Line(first, build, () => queuedMs(place === 'sandbox' ? sandboxes.stats().pid : undefined))
    await line.run(PHASE_MS, false)
    const still = newPhase()
    const swapped = newPhase()
    for (let round = 0; round < rounds; round++) {
      add(still, await line.run(PHASE_MS, false))
      add(swapped, await line.run(PHASE_MS, true))
    }
    line.close()
    rows.push(rowOf(place, 'no swaps', still), rowOf(place, 'swaps', swapped))
  }
  return rows
}

/** Calls of one hook that never stop coming. */
class Line {
  #current: Sandbox
  readonly #build: () => Promise<Sandbox>
  readonly #queued: () => number
  /** When those that were answered in this turn fell due. */
  #answered: number[] = []

  constructor(first: Sandbox, build: () => Promise<Sandbox>, queued: () => number) {
    this.#current = first
    this.#build = build
    this.#queued = queued
  }

  async run(ms: number, swaps: boolean): Promise<Phase> {
    const phase = newPhase()
    const begun = performance.now()
    const queued = this.#queued()
    let nextSwap = begun + SWAP_EVERY_MS / 2
    let swapping = Promise.resolve()
    let open = 0
    for (let now = begun; now < begun + ms || open > 0; now = performance.now()) {
      open -= this.#note(phase, now)
      for (; now < begun + ms && begun + phase.calls / PER_MS <= now; phase.calls++) {
        open++
        void this.#call(phase, begun + phase.calls / PER_MS)
      }
      if (swaps && now >= nextSwap) {
        nextSwap = now + SWAP_EVERY_MS
        swapping = swapping.then(() => this.#swap(phase))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    await swapping
    phase.queuedMs = this.#queued() - queued
    return phase
  }

  close(): void {
    this.#current.dispose()
  }

  #note(phase: Phase, now: number): number {
    const dues = this.#answered
    this.#answered = []
    for (const due of dues) {
      if (now - due > LATE_MS) phase.late++
      phase.worstMs = Math.max(phase.worstMs, now - due)
    }
    return dues.length
  }

  async #call(phase: Phase, due: number): Promise<void> {
    try {
      await this.#current.call('pre', [CALL])
    } catch {
      phase.failed++
    }
    this.#answered.push(due)
  }

  /** The next version is built beside the calls; the one before ends when its last call has. */
  async #swap(phase: Phase): Promise<void> {
    const old = this.#current
    this.#current = await this.#build()
    phase.swaps++
    await old.call('pre', [CALL])
    old.dispose()
  }
}

const newPhase = (): Phase => ({ calls: 0, failed: 0, late: 0, worstMs: 0, swaps: 0, queuedMs: 0 })

function add(sum: Phase, one: Phase): void {
  sum.calls += one.calls
  sum.failed += one.failed
  sum.late += one.late
  sum.swaps += one.swaps
  sum.queuedMs += one.queuedMs
  sum.worstMs = Math.max(sum.worstMs, one.worstMs)
}

function rowOf(place: string, what: string, { calls, failed, late, worstMs, swaps, queuedMs }: Phase): object {
  return {
    place,
    what,
    calls,
    swaps,
    failed,
    'over 1 ms late': late,
    'worst ms': worstMs.toFixed(2),
    'without CPU ms': Math.round(queuedMs)
  }
}
