import { createBackoff } from '#core/backoff'
import { type Clock, systemClock } from '#core/clock'
import { describe } from '#core/errors'
import { refuseLarge, stripTypes } from '../module-source.ts'
import type { Sandbox, SandboxOptions } from '../sandbox.ts'
import { type FrameReader, nonsense } from './codec.ts'
import { Dispatcher } from './dispatcher.ts'
import { MAKE } from './jobs.ts'
import { type ChildEnd, Link } from './link.ts'
import { PROTOCOL_VERSION, parseMade, ToChild, ToGateway } from './messages.ts'
import { RemoteSandbox } from './remote-sandbox.ts'
import type { SandboxProcess, SandboxProcessOptions, SandboxProcessStats } from './types.ts'
import { HangWatch } from './watch.ts'

const HANG_MS = 250
const LOOKS_PER_HANG = 4
const START_WITHIN_MS = 10_000
/** Between the death of a child that has served and the next one: calls wait for it. */
const PAUSE = { baseMs: 50, maxMs: 1000 }
/** Between starts that fail: calls are refused. */
const FAILED_PAUSE = { baseMs: 500, maxMs: 30_000 }
/** The death of a child that has lived this long is no part of a series, ms. */
const HEALTHY_AFTER_MS = 60_000

/**
 * Any number of sandboxes in one child process, which may die: calls that were in it are run again in the next one, each
 * alone, and the one that kills it again is rejected with ABOX_HOOK_CRASH. The first child is started when it is needed.
 */
export function createSandboxProcess(options: SandboxProcessOptions): SandboxProcess {
  return new Client(options)
}

class Client implements SandboxProcess {
  readonly #options: SandboxProcessOptions
  readonly #clock: Clock
  readonly #hangMs: number
  readonly #pause
  readonly #failedPause
  readonly #jobs = new Dispatcher(
    () => this.#start(),
    () => this.#leaveIfClosing()
  )
  #link: Link | undefined
  /** Until the child has said hello: its limit. Without a child: the pause before the next one. */
  #timer: NodeJS.Timeout | undefined
  /** From then on. */
  #watch: HangWatch | undefined
  #upAt = 0
  #restarts = 0
  #memoryBytes = 0
  #closing: PromiseWithResolvers<void> | undefined

  constructor(options: SandboxProcessOptions) {
    const random = options.random === undefined ? {} : { random: options.random }
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#hangMs = options.hangMs ?? HANG_MS
    this.#pause = createBackoff({ ...PAUSE, ...random })
    this.#failedPause = createBackoff({ ...FAILED_PAUSE, ...random })
  }

  async create({ coverage: _, onRun: __, isolates, onStuck: ___, ...given }: SandboxOptions): Promise<Sandbox> {
    // In the child it would be in the way of the calls of others, or more than a frame.
    refuseLarge(given.source, given.name)
    // Here, as the child may start no process; and once, however often its sandboxes are made again.
    const source = given.language === 'ts' ? await stripTypes(given.source, given.name, isolates) : given.source
    const owner = this.#jobs.add({ ...given, source, language: 'js' })
    try {
      const made = parseMade(await this.#jobs.run(owner, MAKE, []))
      owner.exports = made.exports
      owner.places = made.places
      return new RemoteSandbox(this.#jobs, owner, made)
    } catch (error) {
      this.#jobs.drop(owner)
      throw error
    }
  }

  stats(): SandboxProcessStats {
    return {
      pid: this.#link?.pid,
      restarts: this.#restarts,
      sandboxes: this.#jobs.hosted.size,
      inFlight: this.#jobs.bounds.inFlight,
      memoryBytes: this.#memoryBytes
    }
  }

  close(): Promise<void> {
    this.#jobs.bounds.closed = true
    this.#closing ??= Promise.withResolvers()
    this.#leaveIfClosing()
    return this.#closing.promise
  }

  #leaveIfClosing(): void {
    if (this.#closing === undefined || this.#jobs.bounds.inFlight > 0) return
    clearTimeout(this.#timer)
    this.#watch?.close()
    if (this.#link === undefined) this.#closing.resolve()
    else this.#link.leave()
  }

  #start(): void {
    if (this.#link !== undefined || this.#timer !== undefined) return
    try {
      this.#link = new Link(this.#options.start(), { onFrame: this.#onFrame, onEnd: this.#onEnd })
    } catch (error) {
      this.#onEnd({ code: null, signal: null, reason: describe(error), starved: false, foreign: false })
      return
    }
    const limit = this.#options.startWithinMs ?? START_WITHIN_MS
    this.#timer = setTimeout(() => this.#link?.kill(`not there after ${limit} ms`), limit)
  }

  readonly #onFrame = (reader: FrameReader): void => {
    while (!reader.done) {
      const kind = reader.number()
      if (this.#watch === undefined) this.#hello(kind, reader.number())
      else if (kind === ToGateway.pong) this.#memoryBytes = reader.number()
      else this.#jobs.read(kind, reader)
    }
    this.#watch?.heard()
  }

  #hello(kind: number, version: number): void {
    const link = this.#link
    if (link?.pid === undefined || kind !== ToGateway.hello || version !== PROTOCOL_VERSION) {
      throw nonsense(`found message ${kind} with ${version}, expected ${ToGateway.hello} with ${PROTOCOL_VERSION}`)
    }
    this.#stopTimer()
    this.#failedPause.reset()
    this.#upAt = this.#clock.monotonicMs()
    this.#watch = new HangWatch(this.#hangMs / LOOKS_PER_HANG, {
      pid: link.pid,
      clock: this.#clock,
      busy: () => this.#jobs.busy,
      allowedMs: () => this.#hangMs + this.#jobs.turnMs(),
      onLook: (passedMs, cpuMs, detailed) => this.#look(link, passedMs, cpuMs, detailed),
      onHung: (silentMs, starved) => link.kill(`no answer for ${silentMs.toFixed(0)} ms`, starved)
    })
    this.#jobs.bounds.refusing = ''
    this.#jobs.up(link)
  }

  #look(link: Link, passedMs: number, cpuMs: number, detailed: boolean): void {
    this.#jobs.watchMemory()
    const stuck = this.#jobs.stuck(passedMs, cpuMs, this.#hangMs)
    if (stuck !== undefined) {
      const { owner, starved } = stuck
      link.kill(`no answer of ${owner.options.name} for ${owner.silentMs.toFixed(0)} ms`, starved)
      return
    }
    link.writer.number(ToChild.ping)
    link.writer.number(detailed ? 1 : 0)
    link.send()
  }

  readonly #onEnd = (end: ChildEnd): void => {
    const served = this.#watch !== undefined
    this.#watch?.close()
    this.#stopTimer()
    this.#link = undefined
    this.#watch = undefined
    this.#memoryBytes = 0
    const told = this.#closing !== undefined && this.#jobs.bounds.inFlight === 0
    const { suspects, culprits, foreign } = this.#jobs.down(end)
    if (told) {
      this.#closing?.resolve()
      return
    }
    this.#restarts++
    if (!served) this.#jobs.refuse(`the sandbox process did not start: ${end.reason}`)
    this.#restart(served)
    this.#options.onDeath?.({ ...end, foreign, served, suspects, culprits })
  }

  #restart(served: boolean): void {
    if (this.#clock.monotonicMs() - this.#upAt > HEALTHY_AFTER_MS) this.#pause.reset()
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        // Without sandboxes the next one that is made starts it.
        if (this.#jobs.hosted.size > 0) this.#start()
        else this.#jobs.bounds.refusing = ''
      },
      served ? this.#pause.next() : this.#failedPause.next()
    )
    this.#leaveIfClosing()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
