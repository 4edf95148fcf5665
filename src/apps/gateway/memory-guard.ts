import { totalmem } from 'node:os'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from './config.ts'

/** `soft` refuses new calls with large bodies, `hard` all new calls. What is in flight goes on in both. */
export type MemoryLevel = 'ok' | 'soft' | 'hard'

/** Values of the label `level` and of the gauge, in their order. */
export const MEMORY_LEVELS: readonly MemoryLevel[] = ['ok', 'soft', 'hard']

/** What the process uses now, bytes. */
export interface MemoryUse {
  /** Everything of the process that lies in memory: also what V8 and malloc keep for later, and do not give back. */
  readonly rss: number
  /** JavaScript objects, with those that nobody needs any more, and the bytes of buffers. */
  readonly objects: number
  /** JavaScript objects, and how many V8 takes before it ends the process. */
  readonly heap: number
  readonly heapLimit: number
}

export interface MemoryGuard {
  /** As of the last look. */
  readonly level: MemoryLevel
  /** Bodies longer than this are refused at `soft`. */
  readonly largeBytes: number
  /** What was found and what was expected, for messages. */
  describe(): string
  /** Looks now. */
  look(): void
  /** What counts against the limit, bytes. */
  used(): number
  /** How often `soft` and `hard` were begun. */
  begun(): ReadonlyMap<string, number>
  close(): void
}

export interface MemoryGuardOptions {
  /** What this process may use, bytes. */
  readonly limitBytes: number
  readonly read?: () => MemoryUse
  /** Has V8 throw away what nobody needs. */
  readonly collect?: () => void
  /** Pause between two looks, ms; 250. 0 = only when `look` is called. */
  readonly everyMs?: number
  readonly log: Logger
}

/** Shares of the limit at which a level begins, and how far below its beginning it ends again. */
const SOFT = 0.8
const HARD = 0.9
const ENDS_BELOW = 0.05
const LARGE_BYTES = 64 * 1024
/** Looks from one collection to the next one at least, by what it led to: it stops all work for some 0.1 s per 100 MiB. */
const LOOKS_BETWEEN = { ok: 20, soft: 120, hard: 20 } as const
const MIB = 1024 * 1024

/**
 * Looks at the process's memory a few times a second, so that a call only has to look at a field.
 *
 * Resident memory alone would not do: measured after 700 MiB had been used and let go, it never fell again, and V8 did not
 * even look for what nobody needs, because an instance that refuses everything makes nothing new. A level would never have
 * ended. So a level begins and goes on only if a collection does not help, and what counts is at most the objects and
 * buffers there are, and what the process had beside them at its start.
 */
export function createMemoryGuard(options: MemoryGuardOptions): MemoryGuard {
  const { limitBytes, read = () => readMemory(), collect = collectGarbage, everyMs = 250, log } = options
  const begun = new Map<string, number>([
    ['soft', 0],
    ['hard', 0]
  ])
  let level: MemoryLevel = 'ok'
  let use = read()
  const besides = Number.isFinite(use.rss) ? Math.max(0, use.rss - use.objects) : 0
  let looksToCollection = 0

  /** A level that has begun ends only some way below, so that it does not come and go with each look. */
  const reaches = (used: number, part: number, inForce: boolean): boolean => used >= part - (inForce ? ENDS_BELOW : 0)

  const usedBytes = (): number => Math.min(use.rss, use.objects + besides)

  function levelOf(before: MemoryLevel): MemoryLevel {
    const part = Math.max(usedBytes() / limitBytes, use.heap / use.heapLimit)
    if (reaches(part, HARD, before === 'hard')) return 'hard'
    return reaches(part, SOFT, before !== 'ok') ? 'soft' : 'ok'
  }

  function look(): void {
    const before = level
    use = read()
    let now = levelOf(before)
    looksToCollection = Math.min(looksToCollection - 1, LOOKS_BETWEEN[now])
    if (now !== 'ok' && looksToCollection <= 0) {
      collect()
      use = read()
      now = levelOf(before)
      looksToCollection = LOOKS_BETWEEN[now]
    }
    level = now
    if (level === before) return
    if (level !== 'ok' && MEMORY_LEVELS.indexOf(level) > MEMORY_LEVELS.indexOf(before)) {
      begun.set(level, (begun.get(level) ?? 0) + 1)
    }
    log.warn({ level, before, ...use, used: usedBytes(), limitBytes }, 'memory level changed')
  }

  function describe(): string {
    const { heap, heapLimit } = use
    const heapIsTighter = heap / heapLimit > usedBytes() / limitBytes
    const [name, found, most] = heapIsTighter
      ? ['of the JavaScript heap', heap, heapLimit]
      : ['of memory', usedBytes(), limitBytes]
    const below = (level === 'hard' ? HARD : SOFT) - ENDS_BELOW
    return `found ${mib(found)} MiB ${name} used of ${mib(most)}, expected below ${mib(most * below)}`
  }

  look()
  const timer = everyMs === 0 ? undefined : setInterval(look, everyMs)
  timer?.unref()
  return {
    get level() {
      return level
    },
    largeBytes: LARGE_BYTES,
    describe,
    look,
    used: usedBytes,
    begun: () => begun,
    close: () => clearInterval(timer)
  }
}

const mib = (bytes: number): number => Math.round(bytes / MIB)

/**
 * Reading the resident memory opens a file on Linux. A process that is out of file handles cannot, and must not end because
 * of it: then what V8 knows by itself counts alone.
 */
export function readMemory(ask: () => NodeJS.MemoryUsage = () => process.memoryUsage()): MemoryUse {
  const { heap_size_limit: heapLimit, used_heap_size, external_memory } = getHeapStatistics()
  try {
    const { rss, heapUsed: heap, arrayBuffers } = ask()
    return { rss, objects: heap + arrayBuffers, heap, heapLimit }
  } catch {
    const objects = used_heap_size + external_memory
    return { rss: Number.POSITIVE_INFINITY, objects, heap: used_heap_size, heapLimit }
  }
}

let gc: (() => void) | undefined

/** Node gives programs no other way to V8's collector than the flag; it is set when memory is short for the first time. */
function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as () => void
  }
  gc()
}

/** An instance needs some 100 MiB at rest. Below this the guard would refuse calls for nothing that they did. */
const LEAST_BYTES = 512 * MIB

/**
 * What one instance may use, bytes: `limits.memoryMb`, else its part of what the container may use, else its part of the
 * machine's memory. `constrained` is what Node says of the container: 0, or more than there is, when it has no limit.
 */
export function memoryLimit(
  configuredMb: number | undefined,
  instances: number,
  constrained = process.constrainedMemory(),
  machine = totalmem()
): number {
  if (configuredMb !== undefined) return configuredMb * MIB
  const together = constrained > 0 && constrained < machine ? constrained : machine
  return Math.max(LEAST_BYTES, Math.floor(together / instances))
}

/** The warm spare and, during a rolling restart, the replacement share the pod's memory. */
const SPARE_PROCESSES = 2

/** As `memoryLimit`, of one instance of a gateway; bytes. */
export const instanceMemory = ({ limits, instances }: Pick<GatewayConfig, 'limits' | 'instances'>): number =>
  memoryLimit(limits.memoryMb, instances + SPARE_PROCESSES)
