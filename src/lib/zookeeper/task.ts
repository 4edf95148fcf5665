import type { Backoff } from '#core/backoff'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Connection } from './connection.ts'

/** What a task needs of the session. */
export interface TaskHost {
  connection(): Connection | undefined
  newBackoff(): Backoff
  readonly log: Logger
}

/** Work that is repeated until it agrees with ZooKeeper. */
export interface Task {
  /** Asks for one more run; `full` says that watches may have been lost, so nothing known counts. Cheap and never throws. */
  poke(full?: boolean): void
  /** No run begins after this; one that is under way ends by itself. */
  stop(): void
}

/**
 * Runs `step` when poked and connected, never twice at a time, so that what it reads is delivered in order. A poke
 * during a run leads to another one: a watch that fires while its node is being read is not lost. A failed run is
 * repeated, at once on the next connection and after a backoff on the same one; the run after a failure is full.
 * `step` may return ms after which it wants to run again.
 */
export function createTask(
  host: TaskHost,
  name: string,
  step: (connection: Connection, full: boolean) => Promise<number | undefined>
): Task {
  const backoff = host.newBackoff()
  let wanted = false
  let wantedFull = true
  let running = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  const runAfter = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(task.poke, ms)
  }
  const runOnce = async (connection: Connection): Promise<void> => {
    const full = wantedFull
    wanted = false
    wantedFull = false
    try {
      const againMs = await step(connection, full)
      backoff.reset()
      if (againMs !== undefined && !stopped) runAfter(againMs)
    } catch (error) {
      wantedFull = true
      if (stopped) return
      if (connection.over) {
        wanted = true
        return
      }
      const pauseMs = backoff.next()
      host.log.warn({ task: name, error: describe(error), pauseMs }, 'ZooKeeper operation failed; it is repeated')
      runAfter(pauseMs)
    }
  }
  const run = async (): Promise<void> => {
    running = true
    for (let connection = host.connection(); connection !== undefined && wanted && !stopped; ) {
      await runOnce(connection)
      connection = host.connection()
    }
    running = false
  }
  const task: Task = {
    poke(full = false) {
      if (stopped) return
      wanted = true
      if (full) wantedFull = true
      if (!running) void run()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    }
  }
  return task
}
