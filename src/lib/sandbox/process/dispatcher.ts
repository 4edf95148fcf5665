import type { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import { AGAIN_TIMES } from '../stuck-start.ts'
import { Bounds, disposed, unavailable } from './bounds.ts'
import { type FrameReader, type FrameWriter, FULL_FRAME, nonsense } from './codec.ts'
import { Hosted, type Job, MAKE } from './jobs.ts'
import type { ChildEnd, Link } from './link.ts'
import { LoneMemory } from './lone-memory.ts'
import { readFailed, ToChild, ToGateway } from './messages.ts'
import { judgeSilence } from './silence.ts'
import { Suspects } from './suspects.ts'

export interface Stuck {
  readonly owner: Hosted
  /** It has not had the CPU. */
  readonly starved: boolean
}

/** Brings jobs to the child, if there is one, and answers back. What the child had when it died is run again. */
export class Dispatcher {
  readonly hosted = new Map<number, Hosted>()
  readonly bounds = new Bounds()
  readonly #onWork: () => void
  readonly #onIdle: () => void
  /** Those with jobs that wait. */
  readonly #ready = new Set<Hosted>()
  readonly #sent = new Map<number, Job>()
  readonly #suspects = new Suspects()
  readonly #memory = new LoneMemory()
  #link: Link | undefined
  #child = 0
  #nextId = 1
  #scheduled = false

  /** `onWork`: there are jobs and no child. `onIdle`: the last job was answered. */
  constructor(onWork: () => void, onIdle: () => void) {
    this.#onWork = onWork
    this.#onIdle = onIdle
  }

  add(options: Hosted['options']): Hosted {
    const owner = new Hosted(this.#nextId++, options)
    this.hosted.set(owner.id, owner)
    return owner
  }

  run(owner: Hosted, fn: number, args: readonly string[]): Promise<string> {
    let size = 0
    for (const text of args) size += text.length
    const refused = this.bounds.refusalOf(owner, size)
    if (refused !== undefined) return Promise.reject(refused)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    owner.waiting.push({ owner, fn, args, size, resolve, reject, kills: 0, stalls: 0, settled: false })
    this.#ready.add(owner)
    this.bounds.add(owner, size, 1)
    this.#schedule()
    return promise
  }

  drop(owner: Hosted): void {
    if (owner.disposed) return
    owner.disposed = true
    this.hosted.delete(owner.id)
    this.#ready.delete(owner)
    const sent = [...this.#sent.values()].filter((job) => job.owner === owner)
    for (const job of [...sent, ...this.#suspects.of(owner), ...owner.waiting]) this.#reject(job, disposed(owner))
    owner.waiting = []
    if (this.#link === undefined || owner.child !== this.#child) return
    this.#link.writer.number(ToChild.drop)
    this.#link.writer.number(owner.id)
    this.#schedule()
  }

  /** A child that serves. */
  up(link: Link): void {
    this.#link = link
    this.#child++
    this.#schedule()
  }

  /** Looks at what the one job that the child has makes of its memory. */
  watchMemory(): void {
    this.#memory.look(this.#link?.pid, this.#sent)
  }

  /**
   * It has ended. Names of the sandboxes whose calls were in it, and of those whose call is rejected for it; and whether
   * its end is nobody's here (ChildEnd).
   */
  down(end: ChildEnd): { suspects: string[]; culprits: string[]; foreign: boolean } {
    this.#link = undefined
    const jobs = [...this.#sent.values()]
    const foreign = end.foreign && !this.#memory.isOwn(this.#sent)
    this.#sent.clear()
    for (const owner of this.hosted.values()) owner.lost()
    const convicted = this.#suspects.add(jobs, { ...end, foreign })
    for (const [job, error] of convicted) this.#reject(job, error)
    const culprits = convicted.filter(([, { code }]) => code === sandboxErrors.ABOX_HOOK_CRASH.code)
    return { suspects: namesOf(jobs), culprits: namesOf(culprits.map(([job]) => job)), foreign }
  }

  /** Rejects all that waits for a child, and all that comes, until `bounds.refusing` is cleared. */
  refuse(why: string): void {
    this.bounds.refusing = why
    const jobs = this.#suspects.drain()
    for (const owner of this.#ready) jobs.push(...owner.waiting.splice(0))
    this.#ready.clear()
    for (const job of jobs) this.#reject(job, unavailable(job.owner, why))
  }

  /** Whether the child has anything to do. */
  get busy(): boolean {
    return this.#sent.size > 0
  }

  /** What all sandboxes with calls in the child may take together for one turn, ms. */
  turnMs(): number {
    let sum = 0
    for (const owner of this.#busyOwners()) sum += owner.timeoutMs
    return sum
  }

  /** Also those that were closed, as the child still has their jobs. */
  #busyOwners(): Set<Hosted> {
    const owners = new Set<Hosted>()
    for (const { owner } of this.#sent.values()) owners.add(owner)
    return owners
  }

  /**
   * A sandbox that has had no answer of its own for too long, while the child answers others: its top-level code, which
   * runs in a thread of the child, is in a loop that nothing stops. It may be made twice before an answer must come, and each time be started again.
   * `passedMs` and `cpuMs`: since it was asked last.
   */
  stuck(passedMs: number, cpuMs: number, hangMs: number): Stuck | undefined {
    const turns = 4 * this.turnMs() + hangMs
    for (const owner of this.#busyOwners()) {
      owner.silentMs += passedMs
      owner.silentCpuMs += cpuMs
      const verdict = judgeSilence(
        owner.silentMs,
        2 * (1 + AGAIN_TIMES) * owner.startTimeoutMs + turns,
        owner.silentCpuMs
      )
      if (verdict !== 'wait') return { owner, starved: verdict === 'starved' }
    }
    return undefined
  }

  /** One message of the child. Throws ABOX_HOOK_PROCESS; a job is answered only by a whole one. */
  read(kind: number, reader: FrameReader): void {
    if (kind === ToGateway.done) {
      const id = reader.number()
      const json = reader.text()
      const job = this.#answered(id)
      if (!job.settled) this.#settle(job).resolve(json)
    } else if (kind === ToGateway.failed) {
      const id = reader.number()
      const error = readFailed(reader)
      this.#reject(this.#answered(id), error)
    } else if (kind === ToGateway.logs) {
      const owner = this.hosted.get(reader.number())
      for (let left = reader.number(); left > 0; left--) {
        const line = reader.text()
        owner?.logs.add(line)
      }
    } else if (kind === ToGateway.stats) {
      const owner = this.hosted.get(reader.number())
      const faults = reader.number()
      const memoryBytes = reader.number()
      if (owner !== undefined) Object.assign(owner, { faults, memoryBytes })
    } else throw nonsense(`found message ${kind}`)
  }

  #answered(id: number): Job {
    const job = this.#sent.get(id)
    if (job === undefined) throw nonsense(`found an answer of job ${id}, which it does not have`)
    this.#sent.delete(id)
    const { owner } = job
    owner.sent--
    owner.sentSize -= job.size
    owner.heard()
    owner.convictions = 0
    if (owner.waiting.length > 0 || this.#suspects.any) this.#schedule()
    return job
  }

  #reject(job: Job, error: AboxError): void {
    if (!job.settled) this.#settle(job).reject(error)
  }

  #settle(job: Job): Job {
    job.settled = true
    if (job.fn !== MAKE) job.owner.calls++
    this.bounds.add(job.owner, job.size, -1)
    if (this.bounds.inFlight === 0) this.#onIdle()
    return job
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  /** All jobs of one turn of the event loop leave in one frame. */
  readonly #flush = (): void => {
    this.#scheduled = false
    const link = this.#link
    if (link === undefined) {
      if (this.bounds.inFlight > 0) this.#onWork()
      return
    }
    if (this.#suspects.any && this.#sent.size === 0) {
      const job = this.#suspects.take()
      if (job !== undefined) this.#send(link, job)
    }
    if (!this.#suspects.any) {
      for (const owner of this.#ready) {
        for (const job of owner.take()) this.#send(link, job)
        if (owner.waiting.length === 0) this.#ready.delete(owner)
      }
    }
    link.send()
  }

  #send(link: Link, job: Job): void {
    const { owner, fn, args } = job
    const { writer } = link
    const id = this.#nextId++
    if (fn === MAKE || owner.child !== this.#child) writeMake(writer, owner, fn === MAKE ? id : 0)
    owner.child = this.#child
    if (fn !== MAKE) {
      writer.number(ToChild.call)
      writer.number(owner.id)
      writer.number(id)
      writer.number(fn)
      writer.number(args.length)
      for (const text of args) writer.text(text)
    }
    this.#sent.set(id, job)
    if (owner.sent === 0) owner.heard()
    owner.sent++
    owner.sentSize += job.size
    if (writer.size > FULL_FRAME) link.send()
  }
}

function writeMake(writer: FrameWriter, { id, options }: Hosted, job: number): void {
  writer.number(ToChild.make)
  writer.number(id)
  writer.number(job)
  writer.text(JSON.stringify(options))
}

function namesOf(jobs: readonly Job[]): string[] {
  return [...new Set(jobs.map(({ owner }) => owner.options.name))]
}
