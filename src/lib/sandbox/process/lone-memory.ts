import { readFileSync } from 'node:fs'
import type { Job } from './jobs.ts'

const MIB = 1024 * 1024
const DEFAULT_MEMORY_MB = 64
/** What a job may make the child grow by, in memory limits of its sandbox; and MiB that are too much for any. */
const TIMES = 4
const MOST_MIB = 1024

/**
 * Whose a SIGKILL of the kernel is: that of a job which was alone in the child while the child grew, as was seen at a look,
 * by four memory limits of its sandbox or by 1 GiB. The limits themselves are kept by V8; what goes so far beyond them is
 * one of the built-ins that heed none. Where the system does not tell the memory (no /proc), it is nobody's.
 */
export class LoneMemory {
  #job: Job | undefined
  #from = 0
  #most = 0

  /** `sent`: what the child has. */
  look(pid: number | undefined, sent: ReadonlyMap<number, Job>): void {
    const [job] = sent.size === 1 ? sent.values() : []
    const bytes = job === undefined || pid === undefined ? undefined : residentBytes(pid)
    // Of one that has just died nothing is told any more: what was seen before counts.
    if (bytes === undefined) return
    if (job !== this.#job) {
      this.#job = job
      this.#from = bytes
      this.#most = bytes
    } else this.#most = Math.max(this.#most, bytes)
  }

  /** Of what the child had when it was killed. */
  isOwn(sent: ReadonlyMap<number, Job>): boolean {
    const [job] = sent.size === 1 ? sent.values() : []
    if (job === undefined || job !== this.#job) return false
    const { memoryMb = DEFAULT_MEMORY_MB } = job.owner.options
    return this.#most - this.#from >= Math.min(TIMES * memoryMb, MOST_MIB) * MIB
  }
}

/** Resident memory of a process; undefined where the system does not tell it by /proc (proc_pid_status(5)). */
function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}
