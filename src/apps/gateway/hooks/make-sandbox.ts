import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import {
  createIsolates,
  createSandbox,
  isLimitViolation,
  type Sandbox,
  type SandboxOptions,
  type SandboxProcess,
  sandboxErrors
} from '#lib/sandbox'
import type { HookBundle } from '../hook-store.ts'
import type { CrashNote } from './crash-note.ts'
import { labelOf, type Place } from './kept-trust.ts'
import { warmUp } from './warm-up.ts'

export interface MakeSandboxOptions {
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly sandboxes: SandboxProcess
  /** Undefined where nobody reads it. */
  readonly note: CrashNote | undefined
  readonly clock: Clock
  /** The code of that version runs on beyond its limits in a thread of this process, and nothing stops it. */
  readonly onStuck: (key: string, error: AboxError) => void
}

/**
 * Builds a version of a hook where it is to run. Rejects with what sandboxes reject with, and with ABOX_HOOK_DISPOSED once
 * it is closed, which waits for what is being built. Is closed after its sandboxes.
 */
export interface SandboxMaker extends Closeable {
  (place: Place, key: string, bundle: HookBundle): Promise<Sandbox>
}

export function createSandboxMaker(options: MakeSandboxOptions): SandboxMaker {
  const { memoryMb, timeoutMs, sandboxes, note, clock, onStuck } = options
  let building: Promise<unknown> = Promise.resolve()
  let closed = false
  // Now, and not when calls flow, which the first one would keep waiting.
  const isolatesMade = createIsolates().catch(() => undefined)

  async function inInstance(key: string, known: SandboxOptions): Promise<Sandbox> {
    if (closed) throw gone(known.name)
    const stuck = (error: AboxError): void => onStuck(key, error)
    const sandboxOptions = { ...known, isolates: await isolatesMade, onStuck: stuck }
    if (note === undefined) return warmed(await createSandbox(sandboxOptions))
    const number = note.numberOf(key)
    note.builds(number)
    try {
      return await warmed(await createSandbox({ ...sandboxOptions, onRun: (runs) => note.runs(runs ? number : 0) }))
    } finally {
      note.builds(0)
    }
  }

  async function warmed(sandbox: Sandbox): Promise<Sandbox> {
    try {
      await warmUp(sandbox, () => clock.monotonicMs(), isFatal)
      return sandbox
    } catch (error) {
      sandbox.dispose()
      throw error
    }
  }

  const make = (place: Place, key: string, { code, language }: HookBundle): Promise<Sandbox> => {
    const sandboxOptions: SandboxOptions = { source: code, language, name: labelOf(key), memoryMb, timeoutMs }
    if (closed) return Promise.reject(gone(sandboxOptions.name))
    if (place === 'sandbox') return sandboxes.create(sandboxOptions)
    // One after the other: so the note can name the one that is built, and no call waits for several of them.
    const made = building.then(() => inInstance(key, sandboxOptions))
    building = made.catch(() => {})
    return made
  }
  const close = async (): Promise<void> => {
    closed = true
    const isolates = await isolatesMade
    // First, so that a source whose types are being erased is not waited for.
    isolates?.close()
    await building
  }
  return Object.assign(make, { close })
}

function gone(name: string): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${name}: the gateway ends`)
}

const isFatal = (error: unknown): boolean => error instanceof AboxError && isLimitViolation(error)
