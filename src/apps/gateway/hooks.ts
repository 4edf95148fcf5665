import { contractErrors } from '#contracts/errors'
import type { Hook } from '#contracts/hook'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Sandbox } from '#lib/sandbox'
import { prepareWeights, type SplitWeights } from '#lib/splitter'
import { MAX_TIMEOUT_MS } from './attachments.ts'
import type { HookBundle, HookStore } from './hook-store.ts'
import { type Crash, type Disabled, digestOf, hexOf, keyOf, labelOf, nameOf, type Place } from './hooks/kept-trust.ts'
import type { HookKnowledge } from './hooks/knowledge.ts'
import { createPlacedSandbox, type PlacedSandbox } from './hooks/placed-sandbox.ts'
import { findStandIn } from './hooks/stand-in.ts'
import type { VersionTrust } from './hooks/trust.ts'
import type { HookChange, HookState } from './messages.ts'

/** One version of a hook, compiled and ready. */
export interface HookVersion {
  readonly digest: string
  /** `name@12 hex`: how records, errors and logs call it. */
  readonly label: string
  readonly sandbox: Sandbox
  readonly hasPre: boolean
  readonly hasPost: boolean
  /** Why its calls go to another one. */
  readonly disabled: Disabled | undefined
  /** Calls that another one answered for it. */
  stoodIn: number
  /** Which of its functions look into long lists of numbers, and so must get them (hook-run.ts). */
  readonly looks: { pre: boolean; post: boolean }
}

/** A hook as routes use it: the versions and how its calls are divided over them. */
export interface HookEntry {
  readonly name: string
  readonly versions: readonly HookVersion[]
  readonly weights: SplitWeights
  readonly shadow?: HookShadow | undefined
  /** The last version of this hook that ran here before these: it answers where all of them are disabled. */
  readonly standby?: HookVersion | undefined
  /** Why no document of it can be used, nor has been one; then there are no versions, and calls end with it. */
  readonly refused?: string | undefined
}

/** A version that runs beside those that answer, and never answers. */
export interface HookShadow {
  readonly version: HookVersion
  /** Index 1: this call is taken. */
  readonly weights: SplitWeights
  /** Relative, of results that count as the same. */
  readonly tolerance: number
}

export interface Hooks {
  /** Compiles what is new and gives the entry. Throws ABOX_HOOK_BUNDLE, ABOX_HOOK_COMPILE, ABOX_DOCUMENT_INVALID. */
  load(document: Hook): Promise<HookEntry>
  /** Whether its document, loaded again, would give the same: `retain` has had the entry, and what is to stand by is the same. */
  isCurrent(entry: HookEntry): boolean
  /**
   * These are in force. Ends the versions that none of them uses, once their calls are over. The sandboxes of entries that
   * were in force before are not touched.
   */
  retain(entries: Iterable<HookEntry>): void
  versions(): Iterable<HookVersion>
  close(): void
}

/** What an instance's hooks tell, and are told, beside the documents. */
export interface WatchedHooks extends Hooks {
  /** All versions that are loaded. */
  states(): readonly HookState[]
  /** Digests of those that a route uses, standing by included: not of what only ends calls that have begun. */
  digests(): string[]
  /** Somebody enables a version, or one has ended another instance. */
  change(change: HookChange): void
  /** Begins to move versions of which something else is known by now. */
  settle(): void
  /** Resolves when no version is on its way from one place to another. */
  settled(): Promise<void>
}

export interface HooksOptions {
  readonly store: HookStore
  /** Rejects where a version must not be built anywhere in this process (trial.ts). */
  readonly trial: (key: string, bundle: HookBundle) => Promise<void>
  /** Builds a version in a place, ready for calls. */
  readonly make: (place: Place, key: string, bundle: HookBundle) => Promise<Sandbox>
  readonly knowledge: HookKnowledge
  readonly log: Logger
  /** A version has moved, was struck, disabled or enabled. */
  readonly onChange: () => void
}

interface Loaded {
  readonly version: HookVersion
  readonly sandbox: PlacedSandbox
  readonly trust: VersionTrust
}

/** A version that no route uses any more stays for the calls that began with it: longer than any call may take, ms. */
const RETIRE_AFTER_MS = MAX_TIMEOUT_MS + 60_000

/** Versions by name and digest: built off the call path, kept while a route uses them. */
export function createHooks({ store, trial, make, knowledge, log, onChange }: HooksOptions): WatchedHooks {
  const versions = new Map<string, Loaded>()
  const building = new Map<string, Promise<Loaded>>()
  const retiring = new Map<string, NodeJS.Timeout>()
  let inForce = new Map<string, HookEntry>()
  let closed = false
  const changed = (): void => {
    knowledge.changed()
    try {
      onChange()
    } catch (error) {
      // Who listens may fail without failing the call at whose end this was found out.
      log.error({ error: describe(error) }, 'a change of a hook version was not announced everywhere')
    }
  }
  const build = async (key: string, shadow: boolean): Promise<Loaded> => {
    const label = labelOf(key)
    const digest = digestOf(key)
    const trust = knowledge.of(key)
    trust.shadow = shadow
    const bundle = await store.read(digest)
    if (!trust.tried) {
      await trial(key, bundle)
      trust.tried = true
      knowledge.changed()
    }
    const sandbox = await createPlacedSandbox({
      label,
      trust,
      make: (place) => make(place, key, bundle),
      log,
      standIn: () => {
        const entry = inForce.get(nameOf(key))
        return entry === undefined ? undefined : findStandIn(entry)?.label
      },
      onChange: changed
    })
    const hasPre = sandbox.exports.includes('pre')
    const hasPost = sandbox.exports.includes('post')
    if (!hasPre && !hasPost) {
      sandbox.dispose()
      throw new AboxError(
        contractErrors.ABOX_DOCUMENT_INVALID,
        `hook ${label}: found exports ${sandbox.exports.join(', ') || 'none'}, expected a function pre or post`
      )
    }
    const version: HookVersion = {
      digest,
      label,
      sandbox,
      hasPre,
      hasPost,
      get disabled() {
        return trust.disabled
      },
      stoodIn: 0,
      looks: { pre: false, post: false }
    }
    return { version, sandbox, trust }
  }
  const shadowOf = async ({ name, shadow }: Hook): Promise<HookShadow | undefined> => {
    if (shadow === undefined) return undefined
    const { digest, ppm, tolerance = 1e-6 } = shadow
    if (digest === undefined) {
      throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `hook ${name}: the shadow has no digest`)
    }
    const version = await versionOf(keyOf(name, digest), true)
    if (version.sandbox.readExport('sideEffectFree') !== 'true') {
      const expected = 'expected `export const sideEffectFree = true` in a version that runs beside others'
      throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `hook ${version.label}: shadow: ${expected}`)
    }
    return { version, weights: prepareWeights({ no: 1_000_000 - ppm, yes: ppm }), tolerance }
  }
  /** `shadow`: it is built for that alone. Where it is there already, `retain` says what it is. */
  const versionOf = async (key: string, shadow = false): Promise<HookVersion> => {
    keep(key)
    const known = versions.get(key)
    if (known !== undefined) return known.version
    let made = building.get(key)
    if (made === undefined) {
      made = build(key, shadow)
      building.set(key, made)
      void made.then(
        (loaded) => {
          building.delete(key)
          if (closed) loaded.sandbox.dispose()
          else versions.set(key, loaded)
        },
        () => building.delete(key)
      )
    }
    return (await made).version
  }
  const keep = (key: string): void => {
    clearTimeout(retiring.get(key))
    retiring.delete(key)
  }
  /** Key of the one that ran last and is not among `present`, digests. */
  const lastRun = (name: string, present: readonly string[]): string | undefined => {
    let last: string | undefined
    let lastAt = 0
    for (const trust of knowledge.ofHook(name)) {
      if (trust.disabled !== undefined || present.includes(digestOf(trust.key))) continue
      const ranAt = trust.ranAt()
      if (ranAt <= lastAt) continue
      last = trust.key
      lastAt = ranAt
    }
    return last
  }
  /** That it is gone is no reason to refuse a document. */
  const standbyOf = async (name: string, present: readonly string[]): Promise<HookVersion | undefined> => {
    const last = lastRun(name, present)
    if (last === undefined) return undefined
    try {
      return await versionOf(last)
    } catch (error) {
      log.info({ hook: labelOf(last), error: describe(error) }, 'the hook version that ran before cannot stand by')
      return undefined
    }
  }
  /** Takes down which versions have come and gone: one that was taken out of its document and put in again is enabled. */
  const note = ({ name, versions: present, weights, shadow }: HookEntry): void => {
    for (const trust of knowledge.ofHook(name)) {
      const digest = digestOf(trust.key)
      const index = present.findIndex((version) => version.digest === digest)
      const left = index < 0 && shadow?.version.digest !== digest
      // What it has answered so far, it has answered in the role that it had.
      trust.ranAt()
      trust.answers = (weights.ppm[index] ?? 0) > 0
      trust.shadow = !trust.answers && shadow?.version.digest === digest
      if (left === trust.left) continue
      trust.left = left
      if (!left && trust.disabled !== undefined) enable(trust, 'it is in its document again')
      else knowledge.changed()
    }
  }
  const enable = (trust: VersionTrust, reason: string, crashed = false): void => {
    if (trust.disabled === undefined && !crashed) return
    trust.enable()
    log.warn({ hook: labelOf(trust.key), reason }, 'hook version enabled')
    versions.get(trust.key)?.sandbox.settle()
    changed()
  }
  return {
    async load(document) {
      const weights: Record<string, number> = {}
      const loaded: HookVersion[] = []
      for (const { digest, weight } of document.versions) {
        if (digest === undefined) {
          throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `hook ${document.name}: a version has no digest`)
        }
        const ppm = weight ?? (document.versions.length === 1 ? 1_000_000 : 0)
        loaded.push(await versionOf(keyOf(document.name, digest), ppm === 0 && document.shadow?.digest === digest))
        weights[digest] = ppm
      }
      const prepared = prepareWeights(weights)
      // The splitter answers with an index into its own order of the digests.
      const inOrder = prepared.names.map((digest) => loaded.find((version) => version.digest === digest) as HookVersion)
      const shadow = await shadowOf(document)
      const standby = await standbyOf(document.name, prepared.names)
      return { name: document.name, versions: inOrder, weights: prepared, shadow, standby }
    },
    isCurrent(entry) {
      if (inForce.get(entry.name) !== entry) return false
      const last = lastRun(entry.name, entry.weights.names)
      return entry.standby?.digest === (last === undefined ? undefined : digestOf(last))
    },
    retain(entries) {
      const before = inForce
      const used = new Set<HookVersion | undefined>()
      const touched = new Set<HookVersion | undefined>()
      inForce = new Map()
      for (const entry of entries) {
        inForce.set(entry.name, entry)
        const isNew = before.get(entry.name) !== entry
        note(entry)
        for (const version of [...entry.versions, entry.shadow?.version, entry.standby]) {
          used.add(version)
          if (isNew) touched.add(version)
        }
      }
      for (const [key, { version, sandbox }] of versions) {
        if (touched.has(version)) {
          keep(key)
          // It may have become, or may no longer be, one that only runs beside others.
          sandbox.settle()
        }
        if (used.has(version) || retiring.has(key)) continue
        const timer = setTimeout(() => {
          retiring.delete(key)
          versions.delete(key)
          version.sandbox.dispose()
        }, RETIRE_AFTER_MS)
        retiring.set(key, timer.unref())
      }
      knowledge.shrink((key) => versions.has(key) || building.has(key))
    },
    *versions() {
      for (const { version } of versions.values()) yield version
    },
    states: () =>
      [...versions.values()].map(({ trust, sandbox, version }) => ({
        hook: nameOf(trust.key),
        version: hexOf(trust.key),
        digest: version.digest,
        placement: sandbox.place ?? 'sandbox',
        calls: trust.calls,
        strikes: trust.strikes(),
        strikesTotal: trust.strikesTotal,
        stoodIn: version.stoodIn,
        ...(trust.disabled !== undefined && { disabled: trust.disabled }),
        ...(trust.crashed !== undefined && { crashed: trust.crashed })
      })),
    digests: () => [...versions.keys()].filter((key) => !retiring.has(key)).map(digestOf),
    change(change) {
      if (change.kind === 'enable') {
        const trust = knowledge.of(change.key)
        const crashed = trust.crashed !== undefined
        trust.crashed = undefined
        enable(trust, change.reason, crashed)
        return
      }
      // Also of a version that is not here yet.
      knowledge.of(change.key).crashed = change.crash satisfies Crash
      log.warn(
        { hook: labelOf(change.key), why: change.crash.why },
        'hook version runs in the sandbox process for good'
      )
      versions.get(change.key)?.sandbox.settle()
      changed()
    },
    settle() {
      for (const { sandbox } of versions.values()) sandbox.settle()
    },
    async settled() {
      for (const { sandbox } of versions.values()) await sandbox.settled()
    },
    close() {
      closed = true
      for (const timer of retiring.values()) clearTimeout(timer)
      for (const { version } of versions.values()) version.sandbox.dispose()
      versions.clear()
    }
  }
}
