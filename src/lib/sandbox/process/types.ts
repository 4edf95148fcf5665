import type { ChildProcess } from 'node:child_process'
import type { Clock } from '#core/clock'
import type { Sandbox, SandboxOptions } from '../sandbox.ts'
import type { ChildEnd } from './link.ts'

export interface SandboxProcessOptions {
  /** Starts the child: a process that calls `runSandboxProcess`, with SANDBOX_STDIO as its first four streams. */
  readonly start: () => ChildProcess
  /** A child that is silent for longer than this and the time limits of all that it runs is killed, ms; default 250. */
  readonly hangMs?: number
  /** How long a child may take to say that it is there, ms; default 10 000. */
  readonly startWithinMs?: number
  readonly onDeath?: (report: DeathReport) => void
  readonly clock?: Clock
  /** Uniform in [0, 1), for the pauses between starts. */
  readonly random?: () => number
}

/** A child that ended without having been told to. */
export interface DeathReport extends ChildEnd {
  /** Whether it came so far as to serve. */
  readonly served: boolean
  /** Names of the sandboxes whose calls were in it. */
  readonly suspects: readonly string[]
  /** Names of those that killed it, as a call of theirs was alone in it for the second time. */
  readonly culprits: readonly string[]
}

export interface SandboxProcessStats {
  readonly pid: number | undefined
  /** Children that ended without having been told to. */
  readonly restarts: number
  readonly sandboxes: number
  /** Calls that are not answered, those that wait for a child included. */
  readonly inFlight: number
  /** Resident memory of the child as it told last, bytes; 0 without one. */
  readonly memoryBytes: number
}

/** One child process that holds any number of sandboxes; another one takes its place when it dies. */
export interface SandboxProcess {
  /**
   * As `createSandbox`, but the isolate lives in the child. Calls reject as those in this process do, and with
   * ABOX_HOOK_CRASH, _PROCESS and _BUSY. Rejects with ABOX_HOOK_COMPILE and these three.
   */
  create(options: SandboxOptions): Promise<Sandbox>
  stats(): SandboxProcessStats
  /** Takes no more calls (ABOX_HOOK_DISPOSED), waits for those it has and for the end of the child. */
  close(): Promise<void>
}
