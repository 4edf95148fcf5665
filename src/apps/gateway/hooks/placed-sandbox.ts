import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import { isLimitViolation, type Sandbox, sandboxErrors } from '#lib/sandbox'
import type { Place } from './kept-trust.ts'
import { disabledError } from './stand-in.ts'
import type { VersionTrust } from './trust.ts'

export interface PlacedSandboxOptions {
  /** `name@12 hex` */
  readonly label: string
  readonly trust: VersionTrust
  /** Builds the version there, ready for calls. */
  readonly make: (place: Place) => Promise<Sandbox>
  readonly log: Logger
  /** Label of the version that answers where this one is disabled; undefined where there is none. */
  readonly standIn: () => string | undefined
  /** It moved, was struck or was disabled. */
  readonly onChange: () => void
}

/** Rejects with what `make` rejects with. */
export async function createPlacedSandbox(options: PlacedSandboxOptions): Promise<PlacedSandbox> {
  const place = options.trust.place()
  return new PlacedSandbox(options, place, await options.make(place))
}

/**
 * One version of a hook, wherever it runs: as its `VersionTrust` says, and it tells that how calls end. A move is a new
 * sandbox that is built beside the path of the calls, and one change of a pointer: calls that are in the old one end
 * there. Only out of the instance a version goes at once: its next calls, and those that wait there, wait until it is in
 * the sandbox process. One that is disabled runs nowhere: its calls, and those that wait, end with ABOX_HOOK_DISABLED,
 * which is for the caller to find another version (stand-in.ts).
 */
export class PlacedSandbox implements Sandbox {
  readonly #options: PlacedSandboxOptions
  /** Exports are the same in both places. */
  readonly #about: Sandbox
  /** Undefined while it is disabled, and from the moment it must not run in the instance until it is in the sandbox process. */
  #seat: Seat | undefined
  readonly #leaving = new Set<Seat>()
  #moving: Promise<void> | undefined
  #disposed = false
  #calls = 0
  #faults = 0
  #logs: string[] = []

  constructor(options: PlacedSandboxOptions, place: Place, sandbox: Sandbox) {
    this.#options = options
    this.#about = sandbox
    this.#seat = new Seat(this, place, sandbox)
    this.settle()
  }

  get exports(): readonly string[] {
    return this.#about.exports
  }

  get values(): readonly string[] {
    return this.#about.values
  }

  get int64(): 'string' | 'bigint' {
    return this.#about.int64
  }

  /** Where calls go now; undefined while they wait for a move. */
  get place(): Place | undefined {
    return this.#seat?.place
  }

  call(fn: string, argsJson: readonly string[]): Promise<string> {
    const seat = this.#seat
    if (seat === undefined) return this.#callLater(fn, argsJson)
    seat.inFlight++
    return seat.sandbox.call(fn, argsJson).then(seat.onDone, (error) => this.#failed(seat, error, fn, argsJson))
  }

  #failed(seat: Seat, error: unknown, fn: string, argsJson: readonly string[]): Promise<string> {
    this.ended(seat, error)
    const begun = !seat.takenBack || AboxError.from(error).code !== sandboxErrors.ABOX_HOOK_DISPOSED.code
    if (begun || this.#disposed) throw error
    return this.#callLater(fn, argsJson)
  }

  placeOf(fn: string): string {
    return this.#about.placeOf(fn)
  }

  readExport(name: string): string | undefined {
    return this.#about.readExport(name)
  }

  stats(): { calls: number; faults: number; memoryBytes: number } {
    let { calls, faults, memoryBytes } = { calls: this.#calls, faults: this.#faults, memoryBytes: 0 }
    for (const { sandbox } of this.#seats()) {
      const stats = sandbox.stats()
      calls += stats.calls
      faults += stats.faults
      memoryBytes += stats.memoryBytes
    }
    return { calls, faults, memoryBytes }
  }

  takeLogs(): string[] {
    const lines = this.#logs
    this.#logs = []
    for (const { sandbox } of this.#seats()) lines.push(...sandbox.takeLogs())
    return lines
  }

  dispose(): void {
    this.#disposed = true
    for (const { sandbox } of this.#seats()) sandbox.dispose()
    this.#leaving.clear()
    this.#seat = undefined
  }

  /** Resolves when it is where it is to run, or could not be brought there. */
  async settled(): Promise<void> {
    await this.#moving
  }

  /** Begins to move where `trust` does not have it here any more. */
  settle(): void {
    const { trust } = this.#options
    const place = trust.place()
    if (this.#disposed || trust.disabled !== undefined || this.#seat?.place === place) return
    if (place === 'sandbox') this.#takeBack(this.#seat)
    this.#moving ??= this.#move().finally(() => {
      this.#moving = undefined
      // What is known may have changed meanwhile.
      if (this.#seat !== undefined) this.settle()
    })
    // Who needs the result waits for it himself.
    this.#moving.catch(() => {})
  }

  /** A call has ended in this seat. */
  ended(seat: Seat, error?: unknown): void {
    seat.inFlight--
    if (error === undefined) this.#count()
    else if (error instanceof AboxError && error.fault === 'hook') {
      if (isLimitViolation(error)) this.#violated(error)
      else this.#options.trust.failed()
    }
    if (seat.inFlight === 0 && this.#leaving.has(seat)) this.#drop(seat)
  }

  #count(): void {
    if (!this.#options.trust.answered()) return
    this.settle()
    this.#options.onChange()
  }

  #violated(error: AboxError): void {
    const { trust, label, log, onChange } = this.#options
    const disabled = trust.violated(error.message)
    const { place } = this
    if (disabled) for (const seat of [...this.#seats()]) this.#takeBack(seat)
    this.settle()
    if (!disabled && place === 'instance' && place !== this.place) {
      log.warn(
        { hook: label, error: error.message },
        'hook version went beyond a limit; it runs in the sandbox process again'
      )
    }
    if (disabled) {
      const answers = this.#options.standIn()
      const then = answers === undefined ? 'there is no other one to answer its calls' : 'another one answers its calls'
      log.error({ hook: label, why: trust.disabled?.why, answers }, `hook version disabled; ${then}`)
    }
    onChange()
  }

  async #callLater(fn: string, argsJson: readonly string[]): Promise<string> {
    if (this.#disposed) {
      throw new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${this.#options.label} was closed`)
    }
    const { label, trust } = this.#options
    if (trust.disabled !== undefined) throw disabledError({ label, disabled: trust.disabled })
    // A move that failed is tried again by the next call.
    this.settle()
    await this.#moving
    return this.call(fn, argsJson)
  }

  async #move(): Promise<void> {
    const { trust, make, label, log, onChange } = this.#options
    const place = trust.place()
    let sandbox: Sandbox
    try {
      sandbox = await make(place)
    } catch (error) {
      const { message } = AboxError.from(error)
      log.error({ hook: label, to: place, error: message }, 'hook version could not be moved')
      // It stays in the sandbox process, where it answers; out of the instance there is no way back.
      if (place === 'instance') trust.beginAnew()
      else throw error
      return
    }
    if (this.#disposed || trust.disabled !== undefined || trust.place() !== place) {
      sandbox.dispose()
      return
    }
    this.#leave()
    this.#seat = new Seat(this, place, sandbox)
    log.info({ hook: label, to: place, calls: trust.calls }, 'hook version moved')
    onChange()
  }

  #leave(): void {
    const seat = this.#seat
    this.#seat = undefined
    if (seat === undefined) return
    if (seat.inFlight > 0) this.#leaving.add(seat)
    else this.#drop(seat)
  }

  /** Its isolate ends now; calls that wait for it are made elsewhere. */
  #takeBack(seat: Seat | undefined): void {
    if (seat === undefined) return
    if (seat === this.#seat) this.#seat = undefined
    seat.takenBack = true
    this.#drop(seat)
  }

  #drop({ sandbox }: Seat): void {
    const { calls, faults } = sandbox.stats()
    this.#calls += calls
    this.#faults += faults
    this.#logs.push(...sandbox.takeLogs())
    sandbox.dispose()
    for (const seat of this.#leaving) if (seat.sandbox === sandbox) this.#leaving.delete(seat)
  }

  *#seats(): Iterable<Seat> {
    if (this.#seat !== undefined) yield this.#seat
    yield* this.#leaving
  }
}

/** A version's isolate in one place. */
class Seat {
  readonly place: Place
  readonly sandbox: Sandbox
  /** Calls that have not ended. */
  inFlight = 0
  /** Calls that end because it was closed are made again. */
  takenBack = false
  /** It exists once, so that a call costs none. */
  readonly onDone: (json: string) => string

  constructor(owner: PlacedSandbox, place: Place, sandbox: Sandbox) {
    this.place = place
    this.sandbox = sandbox
    this.onDone = (json) => {
      owner.ended(this)
      return json
    }
  }
}
