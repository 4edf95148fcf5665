import type { World } from './world.ts'

/** What a fault finds out about what it may cost; see `mayFail`. */
export interface Bounds {
  /** When nothing more was to fail but calls that had begun, epoch ms. */
  begunBefore?: number
  /** How long consumers could find no provider, ms. */
  goneMs?: number
}

/** One thing that is done to the world while consumers call. Everything is settled before and has to be again after it. */
export interface Fault {
  readonly name: string
  /**
   * How many calls of a consumer may fail: none; those that it had in flight, one for each of its threads, all begun
   * before `begunBefore`; those that it begins while it finds nobody, `goneMs`; any number, since its consumers see what
   * the model does.
   */
  readonly mayFail: 'none' | 'in flight' | 'while gone' | 'any'
  /** Metrics that show what happened: each has to grow. */
  readonly grows: readonly string[]
  /** Metrics that may grow as well. */
  readonly counters: readonly string[]
  /** Does it and resolves when it is over; gives what else is worth knowing, in words. */
  run(world: World, bounds: Bounds): Promise<readonly string[]>
}
