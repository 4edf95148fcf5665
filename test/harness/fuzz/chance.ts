/** A reproducible choice: a whole number from 0 to `below` − 1. */
export type Pick = (below: number) => number

/** A small generator of reproducible chance (mulberry32): the same seed gives the same choices on every machine. */
export function chance(seed: number): Pick {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** The seed of a run: ABOX_FUZZ_SEED where it is set, so that a failure can be seen again, else `otherwise`. */
export function seedOf(otherwise: number): number {
  const text = process.env['ABOX_FUZZ_SEED']
  if (text === undefined || text === '') return otherwise
  const seed = Number(text)
  if (!Number.isInteger(seed)) throw new Error(`ABOX_FUZZ_SEED: found ${text}, expected a whole number`)
  return seed
}

/** The seed of mutant number `run`: each one has its own, so that one can be made again without those before it. */
export function seedAt(seed: number, run: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(run, 0xc2b2ae35)) | 0
}
