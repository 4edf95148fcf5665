import type { AboxError } from '#core/errors'
import { LogBuffer } from '../log-buffer.ts'
import type { SandboxOptions } from '../sandbox.ts'

/** The function of a job that makes its sandbox. */
export const MAKE = -1

/** A call, or the making of a sandbox, that was asked for and is not answered. */
export interface Job {
  readonly owner: Hosted
  /** Place of the function in the exports, or MAKE. */
  readonly fn: number
  readonly args: readonly string[]
  /** UTF-16 units of all argument texts together. */
  readonly size: number
  readonly resolve: (json: string) => void
  readonly reject: (error: AboxError) => void
  /** How often the child died while this was in it. */
  kills: number
  /** How often it was ended because it stood still without having had the CPU, or by somebody else: nobody's fault. */
  stalls: number
  /** Rejected already, though the child may still have it. */
  settled: boolean
}

/** Of one sandbox in the child at a time: two of its batches. What it has not got yet cannot be suspected either. */
const WINDOW_JOBS = 64
const WINDOW_TEXT = 1024 * 1024

const DEFAULT_TIMEOUT_MS = 50
const DEFAULT_START_TIMEOUT_MS = 1000
const DEFAULT_LOG_BYTES = 16 * 1024

/** What the gateway's side knows of one sandbox in the child. */
export class Hosted {
  readonly id: number
  readonly options: SandboxOptions
  readonly logs: LogBuffer
  readonly timeoutMs: number
  readonly startTimeoutMs: number
  /** Names of its functions, once it was made. */
  exports: readonly string[] = []
  /** What messages call the first of them. */
  places: readonly string[] = []
  waiting: Job[] = []
  /** Jobs that are not answered, and their text. */
  readonly held = { jobs: 0, text: 0 }
  /** How many of its jobs the child has, and their text. */
  sent = 0
  sentSize = 0
  /** Since its last answer, while the child has some of its jobs. */
  silentMs = 0
  /** What the child has used of the CPU in that time. */
  silentCpuMs = 0
  /** The child that it was made in; 0 before. */
  child = 0
  /** Jobs that killed a child alone, since the last answer. */
  convictions = 0
  disposed = false
  calls = 0
  /** Of the children before. */
  faultsBefore = 0
  faults = 0
  memoryBytes = 0

  constructor(id: number, options: SandboxOptions) {
    this.id = id
    this.options = options
    this.logs = new LogBuffer(options.maxLogBytes ?? DEFAULT_LOG_BYTES)
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.startTimeoutMs = options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS
  }

  /** The next jobs that the child may have. */
  take(): Job[] {
    let count = 0
    let size = this.sentSize
    for (const job of this.waiting) {
      size += job.size
      if (this.sent + count === WINDOW_JOBS || (this.sent + count > 0 && size > WINDOW_TEXT)) break
      count++
    }
    if (count < this.waiting.length) return this.waiting.splice(0, count)
    const all = this.waiting
    this.waiting = []
    return all
  }

  /** The child has answered, or begins to have jobs of it. */
  heard(): void {
    this.silentMs = 0
    this.silentCpuMs = 0
  }

  /** The child is gone, and the isolate with it. */
  lost(): void {
    this.sent = 0
    this.sentSize = 0
    this.heard()
    this.faultsBefore += this.faults
    this.faults = 0
    this.memoryBytes = 0
  }
}
