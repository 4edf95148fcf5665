import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import { unavailable } from './bounds.ts'
import { type Hosted, type Job, MAKE } from './jobs.ts'
import type { ChildEnd } from './link.ts'

/** So many jobs of one sandbox, one after the other, may kill a child alone; the rest is then not tried. */
const MAX_CONVICTIONS = 3
/** So often a job is run though the child had no CPU, or was killed by somebody else; then the machine is not able to run it. */
const MAX_STALLS = 3

/**
 * The jobs that were in a child when it died. Each is run again with the child to itself, as CallQueue does for one
 * sandbox: one that kills it a second time is the culprit. Until all are through, nothing else goes to the child. One
 * that was in it while it was starved, or when it got a SIGKILL that is not the gateway's, is no culprit, and ends with
 * ABOX_HOOK_PROCESS when that never ends. Except for a SIGKILL for the memory of that very job: see LoneMemory.
 */
export class Suspects {
  #jobs: Job[] = []
  #alone = false

  /** Whether only suspects may run. */
  get any(): boolean {
    return this.#alone
  }

  /** The next one, which has the child to itself; undefined when there is none. */
  take(): Job | undefined {
    let job = this.#jobs.shift()
    while (job?.settled === true) job = this.#jobs.shift()
    this.#alone = job !== undefined
    return job
  }

  /** The child has ended with these jobs in it. Gives those that must be rejected, with the reason. */
  add(jobs: Iterable<Job>, end: ChildEnd): [Job, AboxError][] {
    const rejected: [Job, AboxError][] = []
    const again: Job[] = []
    for (const job of jobs) {
      if (job.settled) continue
      if (end.starved || end.foreign) {
        const what = end.starved ? 'had no CPU' : 'was killed by somebody else, as for the memory of the machine'
        const why = `the sandbox process ${what}, ${job.stalls + 1} times (${end.reason})`
        if (++job.stalls < MAX_STALLS) again.push(job)
        else rejected.push([job, unavailable(job.owner, why)])
        continue
      }
      job.kills++
      if (job.kills === 1) again.push(job)
      else {
        job.owner.convictions++
        rejected.push([job, crash(job, `ended the sandbox process twice, the second time alone (${end.reason})`)])
      }
    }
    const kept: Job[] = []
    for (const job of [...again, ...this.#jobs]) {
      const { convictions } = job.owner
      if (convictions < MAX_CONVICTIONS) kept.push(job)
      else rejected.push([job, crash(job, `is not run again: ${convictions} calls beside it killed (${end.reason})`)])
    }
    this.#jobs = kept
    this.#alone = kept.length > 0
    return rejected
  }

  /** Everything, to be rejected. */
  drain(): Job[] {
    const jobs = this.#jobs
    this.#jobs = []
    this.#alone = false
    return jobs
  }

  /** Those of one sandbox, to be rejected. */
  of(owner: Hosted): Job[] {
    return this.#jobs.filter((job) => job.owner === owner)
  }
}

function crash({ owner, fn }: Job, what: string): AboxError {
  const called = fn === MAKE ? 'its top-level code' : `${owner.exports[fn]}()`
  return new AboxError(sandboxErrors.ABOX_HOOK_CRASH, `${owner.places[fn] ?? owner.options.name}: ${called} ${what}`)
}
