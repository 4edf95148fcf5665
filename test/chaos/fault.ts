import type { World } from './world.ts'

/** One thing that is done to the world while consumers call. Everything is settled before and has to be again after it. */
export interface Fault {
  readonly name: string
  /**
   * How many calls of a consumer may fail: none; those that it had in flight, one for each of its threads; any number,
   * since its consumers see what the model does.
   */
  readonly mayFail: 'none' | 'in flight' | 'any'
  /** Metrics that show what happened. */
  readonly counters: readonly string[]
  /** Does it and resolves when it is over; gives what else is worth knowing, in words. */
  run(world: World): Promise<readonly string[]>
}
