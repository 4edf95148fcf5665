import type { ChildProcess } from 'node:child_process'
import { AboxError } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import {
  createIsolates,
  createSandboxProcess,
  type Isolates,
  isLimitViolation,
  type Sandbox,
  type SandboxOptions,
  type SandboxProcess,
  sandboxErrors
} from '#lib/sandbox'
import type { HookBundle } from '../hook-store.ts'
import { labelOf } from './kept-trust.ts'
import { runSamples } from './warm-up.ts'

export interface HookTrialsOptions {
  readonly memoryMb: number
  readonly timeoutMs: number
  /** Starts the process of a trial, as that of `createSandboxProcess`. */
  readonly start: () => ChildProcess
  /** Of one trial, ms; default 20 000. */
  readonly withinMs?: number
}

/**
 * Some code can be stopped by nothing but the end of its process: V8 heeds neither a time nor a memory limit in it. So a
 * version that has never run here is first built, and its samples run, in a process that holds nothing else.
 */
export interface HookTrials extends Closeable {
  /**
   * Waits for the trials before it. Rejects with what sandboxes reject with: of samples only where they went beyond a
   * limit. ABOX_HOOK_CRASH: it has ended the process, or kept it from answering. ABOX_HOOK_PROCESS: it is not its fault.
   * ABOX_HOOK_DISPOSED: it was closed.
   */
  run(key: string, bundle: HookBundle): Promise<void>
}

/** Of one trial, the start of the process included, ms. A bomb is found in 3 s; only a machine without CPU needs more. */
const WITHIN_MS = 20_000
/** How long a process waits for the next version of the same set of documents, ms. */
const LINGER_MS = 1000

export function createHookTrials(options: HookTrialsOptions): HookTrials {
  let room: Room | undefined
  let linger: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  async function run(key: string, { code, language }: HookBundle): Promise<void> {
    clearTimeout(linger)
    const name = labelOf(key)
    if (closed) throw new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${name}: the gateway ends`)
    const { memoryMb, timeoutMs } = options
    if (room === undefined || room.over) room = new Room(options)
    try {
      await room.run({ source: code, language, name, memoryMb, timeoutMs })
    } finally {
      linger = setTimeout(() => void room?.end(), LINGER_MS).unref()
    }
  }

  return {
    run(key, bundle) {
      const result = last.then(() => run(key, bundle))
      last = result.catch(() => {})
      return result
    },
    async close() {
      closed = true
      await room?.end()
      await last
      clearTimeout(linger)
    }
  }
}

/** One process for trials, until one of them ends it. */
class Room {
  over = false
  readonly #sandboxes: SandboxProcess
  #child: ChildProcess | undefined
  /** Says what the version that runs is doing, for the error. */
  #doing: () => string = () => ''
  #fail: (error: AboxError) => void = () => {}
  /** Erase types, and stop that when they are closed. */
  #isolates: Promise<Isolates> | undefined
  readonly #withinMs: number

  constructor({ start, withinMs = WITHIN_MS }: HookTrialsOptions) {
    this.#withinMs = withinMs
    this.#sandboxes = createSandboxProcess({
      start: () => {
        // A process that a version has ended is not started again: what it did would be done once more.
        if (this.over) throw new Error('the trial is over')
        this.#child = start()
        return this.#child
      },
      onDeath: ({ served, starved, foreign, reason }) => {
        // Else it is started again, or all are told why not.
        if (!served || starved || foreign || this.over) return
        const detail = `${this.#doing()} ended the process of its trial (${reason})`
        this.#stop(new AboxError(sandboxErrors.ABOX_HOOK_CRASH, detail))
      }
    })
  }

  async run(options: SandboxOptions): Promise<void> {
    const { name, language } = options
    const failed = Promise.withResolvers<never>()
    this.#fail = failed.reject
    this.#doing = () => `${name}: ${language === 'ts' ? 'the erasing of its types' : 'its top-level code'}`
    const timer = setTimeout(() => {
      const detail = `${this.#doing()} was not over after ${this.#withinMs} ms of its trial`
      this.#stop(new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, detail))
    }, this.#withinMs)
    try {
      await Promise.race([this.#try(options), failed.promise])
    } catch (error) {
      // Where the process itself has found that nothing stops the code, it may still run there.
      if (AboxError.from(error).code === sandboxErrors.ABOX_HOOK_CRASH.code) void this.end()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #try(options: SandboxOptions): Promise<void> {
    const isolates = options.language === 'ts' ? await this.#eraser(options.name) : undefined
    const sandbox: Sandbox = await this.#sandboxes.create({ ...options, isolates })
    try {
      await runSamples(sandbox, isFatal, (fn, sample) => {
        this.#doing = () => `${sandbox.placeOf(fn)}: its sample ${sample}`
      })
    } finally {
      sandbox.dispose()
    }
  }

  /** Those of the room; they say when the types are erased. */
  async #eraser(name: string): Promise<Isolates> {
    this.#isolates ??= createIsolates()
    const isolates = await this.#isolates
    const erase: Isolates['erase'] = async (source) => {
      const erased = await isolates.erase(source)
      this.#doing = () => `${name}: its top-level code`
      return erased
    }
    return { ...isolates, erase }
  }

  /** What runs in it ends at once, with this. */
  #stop(error: AboxError): void {
    this.#fail(error)
    void this.end()
  }

  async end(): Promise<void> {
    this.over = true
    this.#isolates?.then(
      (isolates) => isolates.close(),
      () => {}
    )
    this.#child?.kill('SIGKILL')
    await this.#sandboxes.close()
  }
}

/** What samples throw is the author's to see; that the process is not there is no answer. */
const isFatal = (error: unknown): boolean =>
  !(error instanceof AboxError) || isLimitViolation(error) || error.fault !== 'hook'
