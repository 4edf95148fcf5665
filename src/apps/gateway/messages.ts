import type { AboxError } from '#core/errors'
import type { GatewayConfig } from './config.ts'

/** What the supervisor tells an instance, over the process channel. */
export type ToInstance =
  | { readonly type: 'start'; readonly config: GatewayConfig; readonly index: number; readonly restarted: boolean }
  | { readonly type: 'ask'; readonly id: number; readonly what: 'metrics' | 'state' }
  | { readonly type: 'drain'; readonly graceMs: number }

/** What an instance tells the supervisor. */
export type FromInstance =
  | { readonly type: 'ready'; readonly port: number; readonly id: string }
  | { readonly type: 'failed'; readonly error: Pick<AboxError, 'code' | 'message' | 'fault' | 'retryable' | 'remedy'> }
  | { readonly type: 'answer'; readonly id: number; readonly metrics?: string; readonly state?: InstanceState }

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
