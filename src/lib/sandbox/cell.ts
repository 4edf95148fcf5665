import ivm from 'isolated-vm'
import { AboxError } from '#core/errors'
import type { CoverageProbe } from './coverage.ts'
import { sandboxErrors } from './errors.ts'
import { SOURCE_NAME, unpack } from './frames.ts'
import { GUEST_SCRIPT, type Guest } from './guest.ts'
import type { Isolates } from './isolates.ts'
import { refuse } from './module-source.ts'
import { readThrown } from './reply.ts'
import { AGAIN_TIMES, otherThreadsCpuMs, untilStuck } from './stuck-start.ts'

export interface CellOptions {
  /** Shown in messages. */
  readonly name: string
  /** From `prepareSource`. */
  readonly source: string
  readonly memoryMb: number
  readonly timeoutMs: number
  /** For the top-level code of the module. */
  readonly startTimeoutMs: number
  readonly maxOutputBytes: number
  readonly maxLogBytes: number
  /** Sees each isolate before any code is in it; the isolate then has an inspector, and runs slower. */
  readonly coverage?: CoverageProbe | undefined
  readonly onRun?: ((runs: boolean) => void) | undefined
  readonly isolates?: Isolates | undefined
  readonly onStuck?: ((error: AboxError) => void) | undefined
}

/** Why a whole batch failed: one of its calls used up what all of them share. */
export type CellFault = 'timeout' | 'memory' | 'unknown'

type MakeGuest = (maxOutput: number, maxLog: number, noTensors: boolean) => Guest

/** The header of a request has 13 bits for the index. */
const MAX_FUNCTIONS = 1000

/** Part of a time on a CPU that counts as the whole: a loop on a machine that does little else gets more. */
const FULL = 0.9

const TIMED_OUT = /^Script execution timed out/
const OUT_OF_MEMORY = /memory limit/

/**
 * One isolate with the user's module in it, run on this thread. Good until its first fault: what a stopped function has
 * left half done is unknown, so the cell is then thrown away and another one built from the source.
 */
export class Cell {
  /** Exported functions by name → index in the header of a request. */
  readonly functions = new Map<string, number>()
  /** How their text begins, by that index. */
  readonly heads: string[] = []
  /** Other exports by name → part of a reply (frames.ts). */
  readonly values = new Map<string, string>()
  readonly #isolate: ivm.Isolate
  readonly #run: ivm.Reference
  readonly #limits: { timeout: number }
  readonly #coverage: CoverageProbe | undefined

  private constructor(isolate: ivm.Isolate, run: ivm.Reference, options: CellOptions, exported: readonly string[]) {
    this.#isolate = isolate
    this.#run = run
    this.#limits = { timeout: options.timeoutMs }
    this.#coverage = options.coverage
    for (let i = 0; i + 1 < exported.length; i += 2) {
      const entry = exported[i] as string
      const part = exported[i + 1] as string
      if (entry[0] === 'f') this.functions.set(entry.slice(1), this.heads.push(part) - 1)
      else this.values.set(entry.slice(1), part)
    }
    if (this.functions.size === 0) throw refuse(options.name, 'it exports no function')
    if (this.functions.size > MAX_FUNCTIONS) {
      throw refuse(options.name, `it exports ${this.functions.size} functions, at most ${MAX_FUNCTIONS} are allowed`)
    }
    const int64 = this.values.get('int64') ?? '="string"'
    if (int64 !== '="string"' && int64 !== '="bigint"') {
      throw refuse(options.name, `its export int64 is ${int64.slice(1, 100)}, expected "string" or "bigint"`)
    }
  }

  /**
   * Builds in isolated-vm's own threads, so that calls of others go on. `noTensors`: its code is never given one, each
   * call that has one ends as if it had looked. Top-level code that was stopped without having had its time on a CPU is
   * started once more, with longer to wait for it. Throws ABOX_HOOK_COMPILE, ABOX_HOOK_PROCESS when it did not get its
   * time then either, and ABOX_HOOK_CRASH when its code runs on and nothing stops it: its thread is lost then, and
   * `onStuck` was called.
   */
  static async build(options: CellOptions, noTensors = false): Promise<Cell> {
    const { startTimeoutMs } = options
    return (
      (await Cell.#start(options, noTensors, startTimeoutMs)) ??
      (await Cell.#start(options, noTensors, startTimeoutMs * AGAIN_TIMES)) ??
      Promise.reject(starvedAt(options))
    )
  }

  /** Undefined when it was stopped after `withinMs` without having had `startTimeoutMs` on a CPU. */
  static async #start(options: CellOptions, noTensors: boolean, withinMs: number): Promise<Cell | undefined> {
    const isolate = await isolateFor(options)
    let cpu = 0
    try {
      await options.coverage?.attach(isolate, options.source)
      const context = await isolate.createContext()
      const makeGuest = (await context.eval(GUEST_SCRIPT, { reference: true })) as ivm.Reference<MakeGuest>
      const limits: [number, number, boolean] = [options.maxOutputBytes, options.maxLogBytes, noTensors]
      const guest = await makeGuest.apply(undefined, limits, { result: { reference: true } })
      const module = await isolate.compileModule(options.source, { filename: SOURCE_NAME, lineOffset: -1 })
      await module.instantiate(context, () => {
        throw new Error('unreachable: imports were refused')
      })
      await module.evaluate()
      const boot = await guest.get('boot', { reference: true })
      const run = await guest.get('run', { reference: true })
      cpu = otherThreadsCpuMs()
      const started = boot.apply(undefined, [module.namespace.derefInto()], { timeout: withinMs })
      const exported = await untilStuck(started, isolate, withinMs)
      if (exported === undefined) throw stuckIn(options)
      return new Cell(isolate, run, options, exportsOf(String(exported), options.name))
    } catch (error) {
      if (error instanceof AboxError && error.code === sandboxErrors.ABOX_HOOK_CRASH.code) {
        discard(isolate)
        options.onStuck?.(error)
        throw error
      }
      const fault = faultOf(error, isolate)
      await options.coverage?.detach()
      discard(isolate)
      if (fault === 'timeout' && otherThreadsCpuMs() - cpu < options.startTimeoutMs * FULL) return undefined
      if (fault === 'timeout')
        throw refuse(options.name, `its top-level code ran longer than ${options.startTimeoutMs} ms`)
      if (fault === 'memory') throw refuse(options.name, `its top-level code needs more than ${options.memoryMb} MB`)
      throw error
    }
  }

  /** Runs a batch now: header and texts (frames.ts); in `moreMs` beyond its time limit. Throws what isolated-vm throws, only when it was stopped: `faultOf`. */
  run(request: string[], moreMs = 0): string {
    const limits = moreMs === 0 ? this.#limits : { timeout: this.#limits.timeout + moreMs }
    return String(this.#run.applySync(undefined, request, limits))
  }

  memoryBytes(): number {
    const heap = this.#isolate.getHeapStatisticsSync()
    return heap.used_heap_size + heap.externally_allocated_size
  }

  faultOf(error: unknown): CellFault {
    return faultOf(error, this.#isolate)
  }

  dispose(): void {
    const detached = this.#coverage?.detach()
    if (detached === undefined) discard(this.#isolate)
    else void detached.then(() => discard(this.#isolate))
  }
}

function isolateFor({ coverage, isolates, memoryMb }: CellOptions): Promise<ivm.Isolate> | ivm.Isolate {
  if (coverage !== undefined) return new ivm.Isolate({ memoryLimit: memoryMb, inspector: true })
  return isolates?.make(memoryMb) ?? new ivm.Isolate({ memoryLimit: memoryMb })
}

function starvedAt({ name, startTimeoutMs }: CellOptions): AboxError {
  const found = `${name}: its top-level code did not get ${startTimeoutMs} ms of a CPU in ${startTimeoutMs * AGAIN_TIMES} ms`
  return new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, found)
}

function stuckIn({ name, startTimeoutMs, memoryMb }: CellOptions): AboxError {
  const found = `${name}: its top-level code went beyond ${startTimeoutMs} ms or ${memoryMb} MB and cannot be stopped`
  return new AboxError(sandboxErrors.ABOX_HOOK_CRASH, found)
}

/** An isolate that was stopped for its memory is disposed already. */
function discard(isolate: ivm.Isolate): void {
  if (!isolate.isDisposed) isolate.dispose()
}

function faultOf(error: unknown, isolate: ivm.Isolate): CellFault {
  const message = error instanceof Error ? error.message : ''
  if (TIMED_OUT.test(message)) return 'timeout'
  return OUT_OF_MEMORY.test(message) || isolate.isDisposed ? 'memory' : 'unknown'
}

function exportsOf(reply: string, name: string): string[] {
  const exported = unpack(reply)
  if (exported !== undefined) return exported
  const { name: type, message, line, column } = readThrown(reply, '')
  const place = line === undefined ? '' : `${line}:${column}`
  throw refuse(name, `its top-level code threw ${type === '' ? message : `${type}: ${message}`}`, place)
}
