import type { ManagerClient } from './client.ts'

/** A gateway or worker as the manager sees it. */
export interface Instance {
  readonly instance: string
  readonly role: 'gateway' | 'worker'
  /** What it says of itself; absent: only a receipt is there. */
  readonly about?: Readonly<Record<string, unknown>>
  /** Generation in force by place (`models/<name>` …); absent: no receipt. */
  readonly applied?: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, string>>
  readonly disabled: Readonly<Record<string, string>>
  /** Of the receipt, ms since 1970. */
  readonly at?: number
}

/** An instance that does not run what is published. */
export interface Alarm {
  readonly instance: string
  readonly what: 'behind' | 'refused' | 'silent'
  readonly document: string
  readonly published?: number
  readonly applied?: number
  readonly reason?: string
  readonly forMs: number
}

/** As `GET environments/<environment>/receipts` answers. */
export interface Receipts {
  readonly leader: boolean
  readonly connected: boolean
  readonly refused?: string
  /** Why a document could not be written or removed, by place; absent: the manager is older. */
  readonly unwritten?: Readonly<Record<string, string>>
  readonly published: Readonly<Record<string, number>>
  readonly instances: readonly Instance[]
  readonly alarms: readonly Alarm[]
  readonly repairs: number
}

export async function readReceipts(client: ManagerClient, environment = client.environment): Promise<Receipts> {
  const path = `/environments/${encodeURIComponent(environment)}/receipts`
  return (await client.send<Receipts>({ method: 'GET', path })).body
}

/** How an instance stands to one place: `ok`, or what is wrong with it. */
export function stateOf({ applied, refused }: Instance, place: string, published: number | undefined): string {
  const refusal = refused[place]
  if (refusal !== undefined) return `refused: ${refusal}`
  if (applied === undefined) return 'no receipt'
  const runs = applied[place]
  if (runs === published) return 'ok'
  if (runs === undefined) return 'not applied'
  return published === undefined ? 'still runs it' : 'behind'
}
