import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Something that does one kind of operation and can say what it costs. */
export interface Contender {
  readonly name: string
  /** Works for about `ms` and gives the CPU time of one operation, µs. */
  measure(ms: number): number | Promise<number>
}

/** The contenders of one operation on one kind of payload. */
export interface Contest {
  readonly payload: string
  readonly operation: Operation
  readonly contenders: readonly Contender[]
}

export type Operation = 'decode' | 'encode' | 'transcode'

/** What was measured, µs of CPU per operation, one number a round. */
export interface Cell {
  readonly payload: string
  readonly operation: Operation
  readonly contender: string
  readonly us: number[]
}

const SLICE_MS = 60
const WARM_SLICE_MS = 80
/** Warm is who has not become faster by a twentieth for so many slices. */
const STEADY_SLICES = 4
const FASTER = 0.95
const MOST_WARM_SLICES = 40

/** What contenders say of their results goes into this, so that no engine can leave the work out. */
let consumed = 0

/**
 * A contender inside this process. `run` does the operation on payload `index` of `count` and gives a number that depends
 * on the result. CPU is that of all threads of the process, so that the collector's share is in it.
 */
export function local(name: string, count: number, run: (index: number) => number): Contender {
  let next = 0
  return {
    name,
    measure(ms) {
      let done = 0
      const before = process.cpuUsage()
      const deadline = performance.now() + ms
      do {
        for (let i = 0; i < 8; i++) {
          consumed = (consumed + run(next)) | 0
          next = next + 1 === count ? 0 : next + 1
        }
        done += 8
      } while (performance.now() < deadline)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / done
    }
  }
}

/**
 * Warms all contenders up, then measures them in turn for `rounds` rounds, every other one backwards, so that a machine
 * that gets slower does not favour one side. The contenders of a contest follow each other, since it is they who are compared.
 */
export async function compete(
  contests: readonly Contest[],
  rounds: number,
  log: (line: string) => void
): Promise<Cell[]> {
  // Each contender waits for its turn much longer than it would in a busy server. Meanwhile the collector must not take
  // its code, nor the hidden classes that this was optimised for because none of their objects is alive just then.
  for (const flag of ['--no-flush-bytecode', '--retain-maps-for-n-gc=1000000', '--expose-gc']) setFlagsFromString(flag)
  const gc = runInNewContext('gc') as (options: { type: string }) => void
  const collect = (): void => gc({ type: 'minor' })
  for (const { payload, operation, contenders } of contests) {
    log(`warm-up: ${payload}, ${operation} …`)
    for (const contender of contenders) await warmUp(contender)
  }
  const lanes = contests.flatMap(({ payload, operation, contenders }) =>
    contenders.map((contender) => ({ contender, cell: newCell(payload, operation, contender) }))
  )
  // The first round does not count: shared code has just been compiled anew for the payloads that came last.
  for (let round = 0; round <= rounds; round++) {
    log(`round ${round}/${rounds} …`)
    for (const { contender, cell } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      // What the one before it left to the collector and in the caches is not to be paid by this one.
      collect()
      await contender.measure(SLICE_MS / 6)
      const us = await contender.measure(SLICE_MS)
      if (round > 0) cell.us.push(us)
    }
  }
  log(`done (${consumed & 0xff})`)
  return lanes.map(({ cell }) => cell)
}

function newCell(payload: string, operation: Operation, { name }: Contender): Cell {
  return { payload, operation, contender: name, us: [] }
}

async function warmUp(contender: Contender): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0, steady = 0; i < MOST_WARM_SLICES && steady < STEADY_SLICES; i++) {
    const now = await contender.measure(WARM_SLICE_MS)
    steady = now < best * FASTER ? 0 : steady + 1
    best = Math.min(best, now)
  }
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
