import type { AboxError } from '#core/errors'
import type { GatewayConfig } from './config.ts'
import type { Crash, Disabled, Place } from './hooks/kept-trust.ts'

/** What the supervisor tells an instance, over the process channel. */
export type ToInstance =
  | {
      readonly type: 'start'
      readonly config: GatewayConfig
      /** Of a spare: nothing; `take` says it. */
      readonly index: number
      /** It takes the place of one that died: bad documents must not keep it from serving. */
      readonly restarted: boolean
      /** A warm spare: it gets ready for everything and waits for `take`. */
      readonly spare: boolean
      /** Where it notes which hook runs (hooks/crash-note.ts). */
      readonly note: string
    }
  | { readonly type: 'take'; readonly index: number }
  | { readonly type: 'ping' }
  | { readonly type: 'hook'; readonly change: HookChange }
  | { readonly type: 'ask'; readonly id: number; readonly what: 'metrics' | 'state' }
  | {
      readonly type: 'drain'
      readonly graceMs: number
      /** Whether consumers are told to send their calls elsewhere: only when there is an elsewhere that they know. */
      readonly readonly: boolean
    }

/** What an instance tells the supervisor. */
export type FromInstance =
  /** A spare waits for `take`. */
  | { readonly type: 'prepared' }
  /** It answers calls. */
  | { readonly type: 'ready'; readonly port: number; readonly id: string }
  /** Consumers can find all its entries; without a registry at once. */
  | { readonly type: 'visible' }
  | { readonly type: 'failed'; readonly error: Pick<AboxError, 'code' | 'message' | 'fault' | 'retryable' | 'remedy'> }
  | { readonly type: 'pong' }
  | { readonly type: 'session'; readonly session: SessionNote }
  /** Code of that version runs on beyond its limits in a thread of it, and nothing but its end stops that. */
  | { readonly type: 'stuck'; readonly key: string }
  | { readonly type: 'answer'; readonly id: number; readonly metrics?: string; readonly state?: InstanceState }

/** What an instance is told of a version of a hook; `key` is `name@sha256:…`. */
export type HookChange =
  /** Somebody wants a disabled version to answer again. */
  | { readonly kind: 'enable'; readonly key: string; readonly reason: string }
  /** It has ended an instance. */
  | { readonly kind: 'crashed'; readonly key: string; readonly crash: Crash }

/** What the admin API shows of a version of a hook in an instance. */
export interface HookState {
  readonly hook: string
  /** The first 12 hex digits of the digest. */
  readonly version: string
  readonly digest: string
  readonly placement: Place
  /** Without a violation of a limit. */
  readonly calls: number
  /** Violations that count at the moment, and all since the process began. */
  readonly strikes: number
  readonly strikesTotal: number
  /** Calls that another version answered, as this one is disabled. */
  readonly stoodIn: number
  readonly disabled?: Disabled
  /** It has ended an instance, and so stays in the sandbox process. */
  readonly crashed?: Crash
}

/** A ZooKeeper session of an instance, with what is needed to end it when the instance has died. */
export interface SessionNote {
  readonly address: string
  /** Base64, both. The password is a secret: it goes into no log. */
  readonly id: string
  readonly password: string
}

/** What the admin API shows of an instance. */
export interface InstanceState {
  readonly id: string
  readonly epoch: number
  readonly address: string
  readonly connections: number
  readonly inFlight: number
  readonly nextSeq: number
  readonly records: { readonly queued: number; readonly dropped: number; readonly sent: number }
  readonly zookeeper: string
  readonly applied: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, string>>
  readonly hooks: readonly HookState[]
}
