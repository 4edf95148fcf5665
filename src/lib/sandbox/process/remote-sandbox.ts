import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import type { Sandbox } from '../sandbox.ts'
import type { Hosted } from './jobs.ts'
import { errorOf, type Made } from './messages.ts'

/** What a remote sandbox needs of the process that it is in. */
export interface Host {
  /** `fn`: its place in the exports. */
  run(owner: Hosted, fn: number, args: readonly string[]): Promise<string>
  drop(owner: Hosted): void
}

/** A sandbox in the child, as its user sees it. */
export class RemoteSandbox implements Sandbox {
  readonly exports: readonly string[]
  readonly values: readonly string[]
  readonly int64: 'string' | 'bigint'
  readonly #host: Host
  readonly #owner: Hosted
  readonly #functions = new Map<string, number>()
  readonly #values = new Map<string, Made['values'][number]>()

  constructor(host: Host, owner: Hosted, { exports, int64, values }: Made) {
    this.#host = host
    this.#owner = owner
    this.exports = exports
    this.values = values.map(([name]) => name)
    this.int64 = int64
    for (const [place, name] of exports.entries()) this.#functions.set(name, place)
    for (const value of values) this.#values.set(value[0], value)
  }

  call(fn: string, argsJson: readonly string[]): Promise<string> {
    const place = this.#functions.get(fn)
    if (place !== undefined || this.#owner.disposed) return this.#host.run(this.#owner, place ?? 0, argsJson)
    const found = `${this.#owner.options.name} exports no function ${fn}, only ${this.exports.join(', ')}`
    return Promise.reject(new AboxError(sandboxErrors.ABOX_HOOK_MISSING, found))
  }

  placeOf(fn: string): string {
    return this.#owner.places[this.#functions.get(fn) ?? -1] ?? this.#owner.options.name
  }

  readExport(name: string): string | undefined {
    const [, json, detail] = this.#values.get(name) ?? []
    if (json === undefined || detail === undefined) return json
    throw errorOf(json, detail)
  }

  stats(): { calls: number; faults: number; memoryBytes: number } {
    const { calls, faultsBefore, faults, memoryBytes } = this.#owner
    return { calls, faults: faultsBefore + faults, memoryBytes }
  }

  takeLogs(): string[] {
    return this.#owner.logs.take()
  }

  dispose(): void {
    this.#host.drop(this.#owner)
  }
}
