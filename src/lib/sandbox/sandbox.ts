import { AboxError } from '#core/errors'
import { CallQueue, type PendingCall } from './call-queue.ts'
import { Cell, type CellFault, type CellOptions } from './cell.ts'
import type { CoverageProbe } from './coverage.ts'
import { countLines, declaredLine } from './declared-line.ts'
import { sandboxErrors } from './errors.ts'
import { unpack } from './frames.ts'
import type { Isolates } from './isolates.ts'
import { LogBuffer } from './log-buffer.ts'
import { type Language, prepareSource } from './module-source.ts'
import { FORMS, numberForms } from './number-forms.ts'
import { failureOf } from './reply.ts'

export interface SandboxOptions {
  /** One ES module with named function exports: no imports, no async, no await. */
  readonly source: string
  /** What messages call it, such as `rank-features@3f2a91`. */
  readonly name: string
  /** Default js. Of TypeScript only what can be erased, so no enum or namespace. */
  readonly language?: Language
  /** Memory of the isolate, default 64, at least 8. A guideline: see the limits in `createSandbox`. */
  readonly memoryMb?: number
  /** Time of one batch of calls, default 50. */
  readonly timeoutMs?: number
  /** Time of the module's top-level code, default 1000. */
  readonly startTimeoutMs?: number
  /** UTF-8 bytes of one result, default 8 MiB. */
  readonly maxOutputBytes?: number
  /** Log text that waits for `takeLogs`, default 16 KiB; what is over it is counted and dropped. */
  readonly maxLogBytes?: number
  /** Counts the lines that run, for authors; calls cost more with it. Only in this process. */
  readonly coverage?: CoverageProbe
  /** Called just before (true) and just after (false) each batch of calls is in the isolate. Only in this process. */
  readonly onRun?: (runs: boolean) => void
  /** Makes its isolates, so that building it keeps no call of others waiting. Only in this process. */
  readonly isolates?: Isolates | undefined
  /**
   * Its top-level code runs on beyond its limits in a thread of this process, and nothing stops it: the process has to be
   * replaced. All its calls are rejected with the same ABOX_HOOK_CRASH. Only in this process.
   */
  readonly onStuck?: ((error: AboxError) => void) | undefined
}

export interface Sandbox {
  /** Names of the exported functions. */
  readonly exports: readonly string[]
  /** Names of the other exports. */
  readonly values: readonly string[]
  /** How integers beyond ±(2^53 − 1) arrive: the module says `export const int64 = 'bigint'`, else as strings. */
  readonly int64: 'string' | 'bigint'
  /**
   * Calls an exported function with arguments given as one JSON text each; resolves to the result as JSON text, where
   * undefined is `null` and numbers that are not finite are the bare words NaN, Infinity, -Infinity, as in the arguments.
   * Rejects with ABOX_HOOK_THROW (cause: `ThrownInside`), _TIMEOUT, _MEMORY, _RESULT, _INPUT, _MISSING, _DISPOSED; after
   * a fault also with what `createSandbox` rejects with.
   * A call may be run again, from a fresh start of the module, when it or another one of its batch was stopped, or when it
   * used a tensor (tensors.ts) that an earlier call was given.
   */
  call(fn: string, argsJson: readonly string[]): Promise<string>
  /** What messages call a function: `name:12`, with the line where it is written; only `name` where that is unknown. */
  placeOf(fn: string): string
  /** JSON of an export that is not a function, as it was after the start; undefined when there is none. ABOX_HOOK_RESULT. */
  readExport(name: string): string | undefined
  /** Calls answered, times the isolate was stopped, and bytes it holds now (0 while it is being rebuilt). */
  stats(): { calls: number; faults: number; memoryBytes: number }
  /** What the module wrote to `console` since the last time, in whole lines. */
  takeLogs(): string[]
  /** Ends the isolate; calls that wait are rejected with ABOX_HOOK_DISPOSED. */
  dispose(): void
}

/**
 * Runs untrusted code of one module in an isolate of this process: JSON texts in, JSON text out. Calls made in one turn
 * of the event loop go in together, because a time limit costs more than a small call. Rejects with ABOX_HOOK_COMPILE, with
 * ABOX_HOOK_CRASH when the top-level code cannot be stopped, and with ABOX_HOOK_PROCESS when the machine let it have no CPU.
 *
 * What it stops: endless loops and recursion, too many small objects, results that are no data, reaching for anything
 * of this process. What it does not: a single built-in that allocates or works hugely (`new Array(2e8).fill(0)`, a Map
 * that grows without end, `Array.from({ length: 1e9 })`, BigInt to text) can kill or block the process, as V8 checks no
 * limit inside it. The process that runs it must be one that may die.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const source = await prepareSource(options.source, options.name, options.language ?? 'js', options.isolates)
  const resolved: CellOptions = {
    name: options.name,
    source,
    memoryMb: options.memoryMb ?? 64,
    timeoutMs: options.timeoutMs ?? 50,
    startTimeoutMs: options.startTimeoutMs ?? 1000,
    maxOutputBytes: options.maxOutputBytes ?? 8 * 1024 * 1024,
    maxLogBytes: options.maxLogBytes ?? 16 * 1024,
    coverage: options.coverage,
    onRun: options.onRun,
    isolates: options.isolates,
    onStuck: options.onStuck
  }
  return new IsolateSandbox(resolved, await Cell.build(resolved))
}

/**
 * What the last chance of a call may take beyond the time limit, as it did not get its time from a busy machine: one that
 * is harmless ends in it, a loop uses its time. Less than the silence for which the sandbox process is killed.
 */
const LAST_CHANCE_MS = 200

class IsolateSandbox implements Sandbox {
  readonly exports: readonly string[]
  readonly values: readonly string[]
  readonly int64: 'string' | 'bigint'
  readonly #options: CellOptions
  readonly #functions: ReadonlyMap<string, number>
  readonly #values: ReadonlyMap<string, string>
  readonly #heads: readonly string[]
  /** What `placeOf` has said; a large source takes long to look through. */
  readonly #places = new Map<string, string>()
  /** Of the module, once it is asked for. */
  #lines: number | undefined
  readonly #queue = new CallQueue()
  readonly #logs: LogBuffer
  #cell: Cell | undefined
  #building = false
  #disposed = false
  /** Its code runs on in a thread that cannot be stopped: another start would take one more. */
  #stuck: AboxError | undefined
  #scheduled = false
  /** Whether the module has kept a tensor of one call for another one: it is then given none any more. */
  #noTensors = false
  #calls = 0
  #faults = 0

  constructor(options: CellOptions, cell: Cell) {
    this.#options = options
    this.#cell = cell
    this.#functions = cell.functions
    this.#values = cell.values
    this.#heads = cell.heads
    this.#logs = new LogBuffer(options.maxLogBytes)
    this.exports = [...cell.functions.keys()]
    this.values = [...cell.values.keys()]
    this.int64 = cell.values.get('int64') === '="bigint"' ? 'bigint' : 'string'
  }

  call(fn: string, argsJson: readonly string[]): Promise<string> {
    if (this.#disposed) return Promise.reject(this.#gone())
    if (this.#stuck !== undefined) return Promise.reject(this.#stuck)
    const index = this.#functions.get(fn)
    if (index === undefined) {
      const found = `${this.#options.name} exports no function ${fn}, only ${this.exports.join(', ')}`
      return Promise.reject(new AboxError(sandboxErrors.ABOX_HOOK_MISSING, found))
    }
    let size = 0
    let forms = 0
    for (const text of argsJson) {
      size += text.length
      forms |= numberForms(text)
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#queue.push({ name: fn, index, forms, args: argsJson, size, resolve, reject, faults: 0 })
    this.#schedule()
    return promise
  }

  placeOf(fn: string): string {
    const known = this.#places.get(fn)
    if (known !== undefined) return known
    const { name, source } = this.#options
    const line = declaredLine(source, fn, this.#heads[this.#functions.get(fn) ?? -1] ?? '')
    const place = line === undefined ? name : `${name}:${line}`
    if (this.#functions.has(fn)) this.#places.set(fn, place)
    return place
  }

  readExport(name: string): string | undefined {
    const part = this.#values.get(name)
    if (part === undefined || part[0] === '=') return part?.slice(1)
    throw failureOf(part, this.#options.name, `export ${name}`)
  }

  stats(): { calls: number; faults: number; memoryBytes: number } {
    return { calls: this.#calls, faults: this.#faults, memoryBytes: this.#cell?.memoryBytes() ?? 0 }
  }

  takeLogs(): string[] {
    return this.#logs.take()
  }

  dispose(): void {
    this.#disposed = true
    this.#cell?.dispose()
    this.#cell = undefined
    for (const call of this.#queue.drain()) call.reject(this.#gone())
  }

  #gone(): AboxError {
    return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${this.#options.name} was closed`)
  }

  #schedule(): void {
    if (this.#scheduled || this.#building || this.#disposed) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  /** One batch per turn of the event loop: between two of them, sockets and timers have theirs. */
  readonly #flush = (): void => {
    this.#scheduled = false
    if (this.#disposed) return
    if (this.#cell === undefined) {
      void this.#rebuild()
      return
    }
    const batch = this.#queue.take()
    if (batch.length > 0) this.#run(this.#cell, batch)
    if (!this.#queue.empty) this.#schedule()
  }

  #run(cell: Cell, batch: readonly PendingCall[]): void {
    let header = ''
    const request = ['']
    for (const { index, forms, args } of batch) {
      header += String.fromCharCode(index * FORMS + forms, args.length)
      for (const text of args) request.push(text)
    }
    request[0] = header
    // Asking for it costs more than a small call, so only calls that were stopped before are measured.
    const before = isSuspect(batch) ? threadCpuMs() : 0
    let reply: string
    this.#options.onRun?.(true)
    try {
      reply = cell.run(request, isLastChance(batch) ? LAST_CHANCE_MS : 0)
    } catch (error) {
      this.#stopped(cell.faultOf(error), batch, isSuspect(batch) ? threadCpuMs() - before : 0, error)
      return
    } finally {
      this.#options.onRun?.(false)
    }
    this.#settle(reply, batch)
  }

  #settle(reply: string, batch: readonly PendingCall[]): void {
    const parts = unpack(reply)
    const logs = parts?.length === batch.length + 1 ? unpackLogs(parts.pop()) : undefined
    if (parts === undefined || logs === undefined) {
      for (const call of batch) {
        const detail = `${this.placeOf(call.name)}: built-in objects were changed so that ${call.name}() has no result`
        this.#reject(call, new AboxError(sandboxErrors.ABOX_HOOK_RESULT, detail))
      }
      this.#replace()
      return
    }
    for (const line of logs) this.#logs.add(line)
    const again: PendingCall[] = []
    let fresh = false
    for (let i = 0; i < batch.length; i++) {
      const call = batch[i] as PendingCall
      const part = parts[i] as string
      if (part[0] === '=') this.#resolve(call, part.slice(1))
      else if (part === 'A') again.push(call)
      else if (part === 'K') {
        // The list that it needs is nowhere. A fresh start of the module has kept nothing.
        this.#noTensors = true
        this.#queue.suspect(call)
        fresh = true
      } else {
        fresh ||= part[0] === 'M'
        this.#lines ??= countLines(this.#options.source)
        this.#reject(call, failureOf(part, this.#options.name, call.name, this.placeOf(call.name), this.#lines))
      }
    }
    this.#queue.putBack(again)
    if (fresh) this.#replace()
  }

  #resolve(call: PendingCall, json: string): void {
    const max = this.#options.maxOutputBytes
    if (json.length * 3 > max && Buffer.byteLength(json) > max) {
      const detail = `${this.placeOf(call.name)}: the result of ${call.name}() has ${Buffer.byteLength(json)} bytes of JSON`
      this.#reject(call, new AboxError(sandboxErrors.ABOX_HOOK_RESULT, `${detail}, at most ${max} are allowed`))
      return
    }
    this.#calls++
    call.resolve(json)
  }

  #reject(call: PendingCall, error: AboxError): void {
    this.#calls++
    call.reject(error)
  }

  /**
   * The isolate was stopped. Each call of the batch is run again alone, so that only the culprit fails: it is the one
   * that is stopped again, with the isolate to itself. If it got less than half of its time from a busy machine, that
   * proves nothing either, and it gets one last chance, which is longer. What then still had no time is no violation.
   */
  #stopped(fault: CellFault, batch: readonly PendingCall[], cpuMs: number, error: unknown): void {
    const starved = fault === 'timeout' && cpuMs < this.#options.timeoutMs / 2
    for (const call of batch) {
      call.faults++
      if (call.faults === 1 || (starved && call.faults === 2)) this.#queue.suspect(call)
      else this.#reject(call, this.#faultError(fault, call, cpuMs, error))
    }
    this.#replace()
  }

  #faultError(fault: CellFault, { name: fn, faults }: PendingCall, cpuMs: number, error: unknown): AboxError {
    const { timeoutMs, memoryMb } = this.#options
    const place = this.placeOf(fn)
    switch (fault) {
      case 'timeout': {
        const used = Math.min(cpuMs, timeoutMs).toFixed(0)
        const detail = `${place}: ${fn}() was stopped after ${timeoutMs} ms (${used} ms of them on the CPU)`
        const last = faults > 2 ? ` at its last chance of ${timeoutMs + LAST_CHANCE_MS} ms` : ''
        return new AboxError(sandboxErrors.ABOX_HOOK_TIMEOUT, `${detail}${last}`)
      }
      case 'memory':
        return new AboxError(sandboxErrors.ABOX_HOOK_MEMORY, `${place}: ${fn}() needed more than ${memoryMb} MB`)
      case 'unknown':
        return AboxError.from(error)
    }
  }

  /**
   * Throws the isolate away. A fresh one is built off the path of the calls, which wait for it: when there are any, so
   * that who hears of a fault may dispose of the sandbox before its code runs once more.
   */
  #replace(): void {
    this.#faults++
    this.#cell?.dispose()
    this.#cell = undefined
    if (!this.#queue.empty) this.#schedule()
  }

  async #rebuild(): Promise<void> {
    if (this.#building || this.#disposed) return
    this.#building = true
    try {
      const cell = await Cell.build(this.#options, this.#noTensors)
      if (this.#disposed) cell.dispose()
      else this.#cell = cell
    } catch (error) {
      const failure = AboxError.from(error)
      // Else the next call tries again.
      if (failure.code === sandboxErrors.ABOX_HOOK_CRASH.code) this.#stuck = failure
      for (const call of this.#queue.drain()) call.reject(failure)
    } finally {
      this.#building = false
    }
    if (!this.#queue.empty) this.#schedule()
  }
}

function isSuspect(batch: readonly PendingCall[]): boolean {
  return batch[0] !== undefined && batch[0].faults > 0
}

function isLastChance(batch: readonly PendingCall[]): boolean {
  return batch[0] !== undefined && batch[0].faults > 1
}

/** CPU time of this thread in ms; isolated-vm's own `cpuTime` goes on while the thread waits for a processor. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function unpackLogs(logs: string | undefined): string[] | undefined {
  return logs === '' ? [] : unpack(logs ?? '')
}
