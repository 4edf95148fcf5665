import type { HookChange, InstanceState } from './messages.ts'

/** One gateway instance: a Dubbo port, its registry entries, its documents, its records. */
export interface GatewayInstance {
  /** `<name>-<index>`: key of its records, name of its receipt. */
  readonly id: string
  readonly port: number
  /** `host:port` as consumers are told. */
  readonly address: string
  /** The file its records go to, when they go to one. */
  readonly recordsPath: string | undefined
  state(): InstanceState
  /** What the supervisor tells of a version of a hook. */
  changeHook(change: HookChange): void
  metricsText(): Promise<string>
  /** Resolves when consumers can find every entry; at once without a registry. Never rejects. */
  visible(): Promise<void>
  /** Sends what records are queued. */
  flush(): Promise<void>
  /**
   * Takes back the registry entries, answers until consumers have left and nothing is in flight or `graceMs` is over,
   * writes the last records and a tally, and closes everything. With `readonly` consumers are told to send their calls
   * elsewhere: right only when they know another instance.
   */
  close(graceMs: number, readonly?: boolean): Promise<void>
}
