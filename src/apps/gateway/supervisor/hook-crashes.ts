import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { readCrashNote } from '../hooks/crash-note.ts'
import { type Crash, type CrashFile, crashFile, labelOf, readCrashes } from '../hooks/kept-trust.ts'
import type { HookChange } from '../messages.ts'
import type { ProcessEnd } from './instance-process.ts'

/** Finds the hooks that have ended instances, and tells everybody. */
export interface HookCrashes {
  /** Reads what was found before. */
  open(): Promise<void>
  /** A path for the note of a new process; nothing is there. */
  notePath(): string
  /** A process has ended; `hung`: it was killed because it was silent. Its note is read and removed. */
  ended(note: string, end: ProcessEnd, hung: boolean): void
  /** The code of a version runs on in a thread of an instance, which therefore has to end. */
  stuck(key: string): void
  /** Somebody wants the version to run in instances again: those to come are not told of what it did. */
  forget(key: string): void
  /** Instances that each version has ended since the supervisor began, by key. */
  counts(): ReadonlyMap<string, number>
}

export interface HookCrashesOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  readonly tell: (change: HookChange) => void
}

/** What V8 and the kernel end a process with when its own code has failed. A SIGKILL is somebody else's. */
const NATIVE_SIGNALS: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGBUS', 'SIGTRAP', 'SIGFPE'])
/** The same on Windows: abort, access violation, illegal instruction, stack overflow, fail-fast, breakpoint. */
const NATIVE_CODES: ReadonlySet<number> = new Set([
  134, 0xc000_0005, 0xc000_001d, 0xc000_00fd, 0xc000_0409, 0x8000_0003
])
/** A file in memory: a write there costs a µs, and never waits for a disk. */
const SHARED_MEMORY = '/dev/shm'
export const STUCK = 'its top-level code could not be stopped, so that an instance had to end'
/** The newest are kept. */
const MAX_KEPT = 1000

export function createHookCrashes({ folder, clock, log, tell }: HookCrashesOptions): HookCrashes {
  const place = isWritable(SHARED_MEMORY) ? SHARED_MEMORY : folder
  const counts = new Map<string, number>()
  let crashes: CrashFile['crashes'] = {}

  /** At once: the next process reads it when it starts. */
  function write(): void {
    const file = crashFile(folder)
    const newest = Object.entries(crashes)
      .sort(([, a], [, b]) => b.at - a.at)
      .slice(0, MAX_KEPT)
    const content: CrashFile = { v: 1, crashes: Object.fromEntries(newest) }
    try {
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${file}.${process.pid}`, JSON.stringify(content), { mode: 0o600 })
      renameSync(`${file}.${process.pid}`, file)
    } catch (error) {
      log.error({ file, error: describe(error) }, 'which hook ended an instance was not written')
    }
  }

  function blame(keys: readonly string[], why: string): void {
    const crash: Crash = { why, at: clock.wallMs() }
    for (const key of keys) {
      crashes = { ...crashes, [key]: crash }
      counts.set(key, (counts.get(key) ?? 0) + 1)
      log.error(
        { hook: labelOf(key), why },
        'hook version has ended an instance; it runs in the sandbox process for good'
      )
    }
    write()
    for (const key of keys) tell({ kind: 'crashed', key, crash })
  }

  return {
    async open() {
      crashes = { ...(await readCrashes(folder, log)), ...crashes }
    },
    notePath: () => join(place, `abox-hook-${process.pid}-${randomBytes(8).toString('hex')}`),
    ended(note, { code, signal }, hung) {
      const native = NATIVE_SIGNALS.has(signal ?? '') || NATIVE_CODES.has(code ?? 0)
      const keys = hung || native ? readCrashNote(note, hung) : []
      rmSync(note, { force: true })
      if (keys.length === 0) return
      const why = hung ? 'it blocked an instance until that was killed' : `it ended an instance with ${signal ?? code}`
      blame(keys, why)
    },
    stuck: (key) => blame([key], STUCK),
    forget(key) {
      if (crashes[key] === undefined) return
      const { [key]: _, ...others } = crashes
      crashes = others
      write()
    },
    counts: () => counts
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
