import { createHash } from 'node:crypto'
import { type Backoff, createBackoff } from '#core/backoff'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { HookBundle, HookPlace } from '../hook-store.ts'
import type { ManagerClient } from './client.ts'

/** Longest code of a hook, bytes: the manager takes no longer one. */
const MAX_CODE_BYTES = 4 * 1024 * 1024
/** Documents name fewer versions that are missing at one time. */
const MAX_MISSING = 1000
/** So much code may wait for whoever needs it, bytes; one more code may come above it. */
const PART_BYTES = 16 * 1024 * 1024
const SHORTEST_PAUSE_MS = 250

const FULL = `code of more than ${MAX_MISSING} versions of hooks is missing: this one is not looked for until others are found`

export interface BundleFetcher extends HookPlace, Closeable {}

export interface BundleFetcherOptions {
  /** In the order in which they are asked. */
  readonly managers: readonly ManagerClient[]
  readonly clock: Clock
  readonly log: Logger
  /** Code that was missing is there now: whoever did without it tries again. Never rejects; what nobody read is dropped. */
  readonly onFound: () => Promise<unknown>
  readonly backoff?: Backoff
}

/**
 * Code of hooks from the manager. What could not be had is asked for again, with pauses that grow to a minute, until it
 * is there: then `onFound` is called, again for each PART_BYTES of it, and `read` gives it at once. While a manager is away `read` fails without asking,
 * so that twenty missing versions do not wait for twenty time-outs.
 */
export function createBundleFetcher(options: BundleFetcherOptions): BundleFetcher {
  const { managers, clock, log, onFound, backoff = createBackoff({ baseMs: 2000, maxMs: 60_000 }) } = options
  const missing = new Set<string>()
  const found = new Map<string, HookBundle>()
  /** Of what is in `found`. */
  let foundBytes = 0
  /** More is missing than is looked for, and that was told. */
  let isFull = false
  let away: { readonly until: number; readonly why: string } | undefined
  let timer: NodeJS.Timeout | undefined
  /** When the timer is due, monotonic, ms. */
  let due = 0
  let closed = false
  /** What is missing is being asked for, or handed over: `again` goes on with what comes to be missing meanwhile. */
  let isLooking = false

  const later = (): void => {
    if (timer === undefined && !isLooking && !closed && missing.size > 0) {
      const pause = SHORTEST_PAUSE_MS + backoff.next()
      due = clock.monotonicMs() + pause
      timer = setTimeout(() => void again(), pause).unref()
    }
    if (away !== undefined) away = { ...away, until: due }
  }
  const note = (digest: string): void => {
    if (missing.size < MAX_MISSING) {
      isFull = false
      missing.add(digest)
    } else if (isFull) log.debug({ digest }, FULL)
    else {
      isFull = true
      log.warn({ digest }, FULL)
    }
  }
  const miss = (digest: string): void => {
    if (!missing.has(digest)) note(digest)
    later()
  }
  const again = async (): Promise<void> => {
    timer = undefined
    away = undefined
    isLooking = true
    try {
      await lookForAll()
    } finally {
      isLooking = false
      later()
    }
  }
  const lookForAll = async (): Promise<void> => {
    for (const digest of [...missing]) {
      if (closed) return
      // Whoever was told of a part may have read it meanwhile.
      if (!missing.has(digest)) continue
      try {
        const bundle = await fetchOne(digest)
        found.set(digest, bundle)
        foundBytes += Buffer.byteLength(bundle.code)
        missing.delete(digest)
      } catch (error) {
        log.debug({ digest, error: describe(error) }, 'code of a hook is still missing')
        if (away !== undefined) break
      }
      if (foundBytes >= PART_BYTES) await handOver()
    }
    await handOver()
  }
  const handOver = async (): Promise<void> => {
    if (found.size === 0) return
    backoff.reset()
    const handed = [...found.keys()]
    const bytes = foundBytes
    if (!closed) await onFound()
    for (const digest of handed) found.delete(digest)
    foundBytes -= bytes
  }

  /** Rejects with what the managers answered; `away` is set where none did. */
  const fetchOne = async (digest: string): Promise<HookBundle> => {
    const failures: string[] = []
    let answered = false
    for (const manager of managers) {
      try {
        const answer = await manager.get(`/api/v1/bundles/${digest}`, MAX_CODE_BYTES)
        // 5xx: it is there, and cannot answer.
        answered ||= answer.status < 500
        if (answer.status === 200) return bundleOf(digest, answer.text, answer.headers.get('x-abox-language'))
        failures.push(`${manager.url}: answered ${answer.status}`)
      } catch (error) {
        failures.push(describe(error))
      }
    }
    const why = failures.join('; ')
    away = answered ? undefined : { until: clock.monotonicMs(), why }
    throw new Error(why)
  }

  return {
    name: `the manager (${managers.map(({ url }) => url).join(', ')})`,
    async read(digest) {
      const known = found.get(digest)
      if (known !== undefined) {
        found.delete(digest)
        return known
      }
      try {
        if (away !== undefined && clock.monotonicMs() < away.until) throw new Error(away.why)
        const bundle = await fetchOne(digest)
        missing.delete(digest)
        return bundle
      } catch (error) {
        miss(digest)
        throw error
      }
    },
    close() {
      closed = true
      clearTimeout(timer)
    }
  }
}

function bundleOf(digest: string, code: string, language: string | null): HookBundle {
  const found = `sha256:${createHash('sha256').update(code).digest('hex')}`
  if (found !== digest) throw new Error(`answered code with digest ${found}`)
  if (language !== 'js' && language !== 'ts') throw new Error(`answered the language "${language}", expected js or ts`)
  return { code, language }
}
