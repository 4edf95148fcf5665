import { mkdir, rename, writeFile } from 'node:fs/promises'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { type KeptFile, type KeptTrust, keptFile, nameOf, readKept } from './kept-trust.ts'
import { type TrustRules, VersionTrust } from './trust.ts'

/** What an instance knows of the versions of its hooks, in memory and in `state.dir`. */
export interface HookKnowledge extends Closeable {
  /** One object for each version, until it is forgotten. */
  of(key: string): VersionTrust
  /** Forgets the versions that ran longest ago, where there are many: none that is `used`, or has ended an instance. */
  shrink(used: (key: string) => boolean): void
  ofHook(name: string): readonly VersionTrust[]
  /** Something has changed that must not wait: it is written soon, off the call path. */
  changed(): void
  /** Of a spare, which has run no calls: from now on it has this index, and writes. What others have kept since counts. */
  settle(index: number): Promise<void>
  /** Resolves when what was known at the time of the call is on disk. */
  flush(): Promise<void>
}

export interface HookKnowledgeOptions {
  readonly folder: string
  /** Nothing is written without one. */
  readonly index: number | undefined
  readonly rules: TrustRules
  readonly clock: Clock
  readonly log: Logger
}

/** How often counts of calls are written, where there were any, ms. */
const WRITE_EVERY_MS = 10_000
/** Versions that are kept, those that ran last. */
const MAX_KEPT = 500

/** Reads what earlier processes have kept in the folder. */
export async function openHookKnowledge(options: HookKnowledgeOptions): Promise<HookKnowledge> {
  const { folder, rules, clock, log } = options
  const versions = new Map<string, VersionTrust>()
  /** The same by the name of the hook: each set of documents asks for each of its hooks. */
  const byHook = new Map<string, Set<VersionTrust>>()
  await read()
  let index = options.index
  let written = ''
  let writing: Promise<void> = Promise.resolve()
  let waiting = false

  async function read(): Promise<void> {
    for (const [key, kept] of await readKept(folder, log)) {
      const known = versions.get(key)
      if (known === undefined) add(new VersionTrust(key, rules, clock, kept))
      else known.adopt(kept)
    }
  }

  function add(trust: VersionTrust): void {
    versions.set(trust.key, trust)
    const name = nameOf(trust.key)
    const others = byHook.get(name)
    if (others === undefined) byHook.set(name, new Set([trust]))
    else others.add(trust)
  }

  function forget(key: string): void {
    const trust = versions.get(key)
    if (trust === undefined) return
    versions.delete(key)
    const others = byHook.get(nameOf(key))
    others?.delete(trust)
    if (others?.size === 0) byHook.delete(nameOf(key))
  }

  function newestFirst(): (readonly [string, KeptTrust])[] {
    const all = [...versions.values()].map((trust) => [trust.key, trust.kept()] as const)
    return all.sort(([, a], [, b]) => Math.max(b.ranAt, b.changedAt) - Math.max(a.ranAt, a.changedAt))
  }

  function text(): string {
    const file: KeptFile = { v: 1, versions: Object.fromEntries(newestFirst().slice(0, MAX_KEPT)) }
    return JSON.stringify(file)
  }

  async function write(): Promise<void> {
    waiting = false
    if (index === undefined) return
    const now = text()
    if (now === written) return
    const file = keptFile(folder, index)
    try {
      await mkdir(folder, { recursive: true })
      const temporary = `${file}.${process.pid}`
      await writeFile(temporary, now, { mode: 0o600 })
      await rename(temporary, file)
      written = now
    } catch (error) {
      log.error({ file, error: describe(error) }, 'what is known of hook versions was not written')
    }
  }

  /** One after the other; what changes while one waits goes with it. */
  function writeSoon(): Promise<void> {
    if (!waiting) {
      waiting = true
      writing = writing.then(write)
    }
    return writing
  }

  const calls = (): number => {
    let sum = 0
    for (const trust of versions.values()) sum += trust.calls
    return sum
  }
  let counted = calls()
  const timer = setInterval(() => {
    const now = calls()
    if (now === counted) return
    counted = now
    void writeSoon()
  }, WRITE_EVERY_MS).unref()

  return {
    of(key) {
      let trust = versions.get(key)
      if (trust === undefined) {
        trust = new VersionTrust(key, rules, clock)
        add(trust)
      }
      return trust
    },
    shrink(used) {
      // Seldom, as each time all of them are put in order.
      if (versions.size <= MAX_KEPT * 2) return
      for (const [key] of newestFirst().slice(MAX_KEPT)) {
        if (!used(key) && versions.get(key)?.crashed === undefined) forget(key)
      }
    },
    ofHook: (name) => [...(byHook.get(name) ?? [])],
    changed: () => void writeSoon(),
    async settle(next) {
      await read()
      index = next
      if (versions.size > 0) void writeSoon()
    },
    flush: writeSoon,
    async close() {
      clearInterval(timer)
      if (versions.size > 0) await writeSoon()
    }
  }
}
