import type { AboxError } from '#core/errors'
import type { GatewayConfig } from './config.ts'

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
    }
  | { readonly type: 'take'; readonly index: number }
  | { readonly type: 'ping' }
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
  | { readonly type: 'answer'; readonly id: number; readonly metrics?: string; readonly state?: InstanceState }

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
}
