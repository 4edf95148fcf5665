import { type SplitWeights, WHOLE } from './split-weights.ts'

export interface SplitterOptions {
  /** How many keys are remembered; beyond it, keys not asked for lately start anew. Default 10_000. */
  readonly maxKeys?: number
  /** Where the sequence of first phases starts. The same seed and the same calls give the same choices. */
  readonly seed: number
}

/**
 * Divides calls over variants exactly, not at random: with integer arithmetic only, per key, at every moment.
 *
 * Let n be the calls of one key since its weights last changed and p the weight of a variant: the calls sent to it
 * never differ from p·n by one whole call or more. A key is what must get its own exact share, such as one caller of
 * one method: were callers to share one accumulator, two callers that alternate at 50 % would get one variant each.
 *
 * With two variants the first phases of keys come in pairs φ, 1−φ, which holds the error of any even number k of keys,
 * taken together in the order they appeared, to at most k/2 calls; the φ are spread evenly, so that it is far less in
 * practice. Use one splitter per model, so that the pairs are keys of that model.
 *
 * More than `maxKeys` keys: a forgotten key starts with a fresh phase. Its share over the gap is then off by up to one
 * more call, but as fresh phases are spread evenly the total stays at the weights even if every call were a new key.
 */
export interface Splitter {
  /** Index (into `weights.names`) of the variant that this call of `key` goes to. */
  choose(key: string, weights: SplitWeights): number
}

export function createSplitter(options: SplitterOptions): Splitter {
  return new AccumulatorSplitter(options)
}

/** Near the golden ratio of WHOLE and coprime to it: its multiples visit every phase, always evenly spread so far. */
const STEP = 618_033

interface KeyState {
  weights: SplitWeights
  /** Two variants: the part of a call that is owed to variant 1, in 0 … WHOLE−1. More: where the next start falls. */
  phase: number
  /** Three variants or more: p·n − sent of each, in millionths, between −WHOLE and WHOLE; they add up to 0. */
  lags: Int32Array | undefined
  /** Asked for since the last sweep of the table. */
  recent: boolean
}

class AccumulatorSplitter implements Splitter {
  readonly #keys = new Map<string, KeyState>()
  readonly #maxKeys: number
  #spread: number
  #mirrored = false

  constructor({ maxKeys = 10_000, seed }: SplitterOptions) {
    this.#maxKeys = Math.max(1, maxKeys)
    this.#spread = scramble(seed) % WHOLE
  }

  choose(key: string, weights: SplitWeights): number {
    let state = this.#keys.get(key)
    if (state === undefined) state = this.#admit(key, weights)
    else if (state.weights !== weights) changeWeights(state, weights)
    state.recent = true
    const variants = weights.ppm.length
    if (variants === 2) return chooseOfTwo(state, weights.ppm[1] as number)
    return variants === 1 ? 0 : chooseOfMany(state, weights.ppm)
  }

  #admit(key: string, weights: SplitWeights): KeyState {
    if (this.#keys.size >= this.#maxKeys) this.#evict()
    const state: KeyState = { weights, phase: this.#nextPhase(), lags: undefined, recent: false }
    this.#keys.set(key, state)
    return state
  }

  /**
   * The Map is a queue: its first key is the oldest. A key asked for since it was queued goes to the back once instead
   * of being forgotten. Moving it on every call instead would be stricter, but would rebuild the table all the time.
   */
  #evict(): void {
    for (const [key, state] of this.#keys) {
      this.#keys.delete(key)
      if (!state.recent) return
      state.recent = false
      this.#keys.set(key, state)
    }
  }

  /** φ, then 1−φ, then the next φ. Zero has no mirror below WHOLE, so the middle stands in for it. */
  #nextPhase(): number {
    const phase = this.#spread === 0 ? WHOLE / 2 : this.#spread
    this.#mirrored = !this.#mirrored
    if (this.#mirrored) return phase
    this.#spread = (this.#spread + STEP) % WHOLE
    return WHOLE - phase
  }
}

/**
 * A new generation with the same numbers changes nothing. With other numbers two variants go on from where they are:
 * the accumulator is below one call, so whatever it holds, the error counted from the change stays below one. The lags
 * of more variants lie between −1 and 1, which would allow an error of two: they start again.
 */
function changeWeights(state: KeyState, weights: SplitWeights): void {
  if (!sameWeights(state.weights, weights)) state.lags = undefined
  state.weights = weights
}

function sameWeights(a: SplitWeights, b: SplitWeights): boolean {
  if (a.ppm.length !== b.ppm.length) return false
  for (let i = 0; i < a.ppm.length; i++) if (a.ppm[i] !== b.ppm[i] || a.names[i] !== b.names[i]) return false
  return true
}

/** Error diffusion: after n calls floor((phase + p·n) / WHOLE) of them went to variant 1. */
function chooseOfTwo(state: KeyState, ppm: number): number {
  const phase = state.phase + ppm
  if (phase < WHOLE) {
    state.phase = phase
    return 0
  }
  state.phase = phase - WHOLE
  return 1
}

/**
 * Pfair scheduling. The k-th call of a variant must fall in a window: late enough that it is not a whole call ahead,
 * early enough that it is not a whole call behind. Such windows can always be kept by taking, among the variants whose
 * window has opened, the one whose window closes first (Baruah, Cohen, Plaxton, Varvel: Proportionate Progress, 1996).
 */
function chooseOfMany(state: KeyState, ppm: readonly number[]): number {
  const lags = state.lags
  if (lags === undefined) return startOfMany(state, ppm)
  let chosen = 0
  let earliest = Number.MAX_SAFE_INTEGER
  for (let i = 0; i < ppm.length; i++) {
    const weight = ppm[i] as number
    const lag = (lags[i] as number) + weight
    lags[i] = lag
    if (lag <= 0) continue
    // Calls from this one until the variant would be a whole call behind, rounded up.
    const closes = ((WHOLE - lag + weight - 1) / weight) | 0
    if (closes < earliest) {
      earliest = closes
      chosen = i
    }
  }
  lags[chosen] = (lags[chosen] as number) - WHOLE
  return chosen
}

/**
 * The first call is chosen by the phase of the key, as if drawn by weight: else the first call of every key would go to
 * the heaviest variant, and many keys with few calls each would starve the others. Any first choice can be continued
 * within the windows: the fluid schedule, which gives each variant p of every call, is a mean of schedules that keep
 * the windows, so some of them begin with each variant of p > 0; and the earliest deadline first finds one.
 */
function startOfMany(state: KeyState, ppm: readonly number[]): number {
  const lags = new Int32Array(ppm.length)
  let chosen = 0
  let rest = state.phase
  for (let i = 0; i < ppm.length; i++) {
    const weight = ppm[i] as number
    lags[i] = weight
    if (rest >= 0 && rest < weight) chosen = i
    rest -= weight
  }
  lags[chosen] = (lags[chosen] as number) - WHOLE
  state.lags = lags
  state.phase = (state.phase + STEP) % WHOLE
  return chosen
}

/** Spreads neighbouring seeds (instance 0, 1, 2 …) over 32 bits, unsigned. */
function scramble(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return (bits ^ (bits >>> 16)) >>> 0
}
