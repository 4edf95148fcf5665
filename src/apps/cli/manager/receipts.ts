import type { FleetInstance, Receipts } from '#contracts/api/receipts'
import type { ManagerClient } from './client.ts'

/** What of the receipts is wanted. */
export interface ReceiptsQuery {
  /** The client's unless given. */
  readonly environment?: string
  /** Only these places (`models/<name>` …); all unless given, and where a URL has no room for them. */
  readonly places?: readonly string[]
}

/** The manager takes no more places, and servers on the way no longer URL; characters. */
const MOST_PLACES = 100
const MOST_CHARACTERS = 4000

/** Rejects as the client. */
export async function readReceipts(
  client: ManagerClient,
  { environment = client.environment, places = [] }: ReceiptsQuery = {}
): Promise<Receipts> {
  const path = `/environments/${encodeURIComponent(environment)}/receipts`
  const isShort = places.length <= MOST_PLACES && encodeURIComponent(places.join()).length <= MOST_CHARACTERS
  const query = isShort && places.length > 0 ? { document: places } : {}
  return (await client.send<Receipts>({ method: 'GET', path, query })).body
}

/** How an instance stands to one place: `ok`, or what is wrong with it. */
export function stateOf({ applied, refused }: FleetInstance, place: string, published: number | undefined): string {
  const refusal = refused[place]
  if (refusal !== undefined) return `refused: ${refusal}`
  if (applied === undefined) return 'no receipt'
  const runs = applied[place]
  if (runs === published) return 'ok'
  if (runs === undefined) return 'not applied'
  return published === undefined ? 'still runs it' : 'behind'
}
