import type { ChildProcess } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createSandboxProcess, type SandboxProcess, spawnSandboxProcess } from '#lib/sandbox'
import type { GatewayConfig } from '../config.ts'
import type { HookStore } from '../hook-store.ts'
import { createHooks, type WatchedHooks } from '../hooks.ts'
import { instanceMemory } from '../memory-guard.ts'
import { type CrashNote, openCrashNote } from './crash-note.ts'
import { type HookKnowledge, openHookKnowledge } from './knowledge.ts'
import { createSandboxMaker } from './make-sandbox.ts'
import { createStuckHooks, type StuckHooks } from './stuck.ts'
import { createHookTrials } from './trial.ts'

/** What runs `abox hook-sandbox`, below the same folder in `src` and in `dist`. */
const SCRIPT = join(import.meta.dirname, '../../../bin', `abox${extname(import.meta.filename)}`)

export interface InstanceHooks {
  readonly hooks: WatchedHooks
  readonly knowledge: HookKnowledge
  readonly sandboxes: SandboxProcess
}

export interface InstanceHooksOptions {
  readonly config: GatewayConfig
  /** Undefined: a warm spare, which is nobody yet. */
  readonly index: number | undefined
  readonly store: HookStore
  readonly log: Logger
  readonly clock: Clock
  /** The file of the crash note; none where nobody would read it. */
  readonly notePath: string | undefined
  /** A version, by its key, cannot be stopped: the process has to be replaced. */
  readonly tellStuck: ((key: string) => void) | undefined
  /** Something changed that a receipt tells of. */
  readonly onChange: () => void
  readonly own: <T extends Closeable>(part: T) => T
}

/** What the hooks of one instance need, in the order in which it is closed from behind. */
export async function composeHooks(options: InstanceHooksOptions): Promise<InstanceHooks> {
  const { config, index, store, log, clock, notePath, tellStuck: tell, onChange, own } = options
  const knowledge = own(await openHookKnowledge({ folder: config.state.dir, index, rules: config.hooks, clock, log }))
  const start = (): ChildProcess => spawnSandboxProcess(SCRIPT, 'hook-sandbox')
  const sandboxes = own(
    createSandboxProcess({
      start,
      onDeath: (report) => log.warn(report, 'the sandbox process ended; another one takes its place'),
      clock
    })
  )
  const note = openNote(notePath, log)
  if (note !== undefined) own(note)
  const stuckHooks: StuckHooks = own(
    createStuckHooks({ limitBytes: instanceMemory(config), clock, log, change: (change) => hooks.change(change), tell })
  )
  const onStuck = stuckHooks.stuck
  const make = own(createSandboxMaker({ ...config.hooks, sandboxes, note, clock, onStuck }))
  const trials = own(createHookTrials({ ...config.hooks, start }))
  const hooks: WatchedHooks = own(createHooks({ store, trial: trials.run, make, knowledge, log, onChange }))
  return { hooks, knowledge, sandboxes }
}

/** Without it nobody knows which hook has ended an instance; calls are answered all the same. */
function openNote(path: string | undefined, log: Logger): CrashNote | undefined {
  try {
    return path === undefined ? undefined : openCrashNote(path)
  } catch (error) {
    log.warn({ path, error: describe(error) }, 'which hook runs is not noted')
    return undefined
  }
}
