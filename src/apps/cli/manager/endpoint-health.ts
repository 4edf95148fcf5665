import type { NamedEndpointHealth } from '#contracts/api/endpoint-health'
import type { ManagerClient } from './client.ts'

/** How the endpoints of an environment are, for a column, by their names. Rejects as the client. */
export async function readEndpointHealth(
  client: ManagerClient,
  environment = client.environment
): Promise<ReadonlyMap<string, string>> {
  const path = `/environments/${encodeURIComponent(environment)}/endpoint-health`
  const found = new Map<string, string>()
  for await (const { key, state, why } of client.list<NamedEndpointHealth>(path))
    found.set(key, why === '' ? state : `${state}: ${why}`)
  return found
}
