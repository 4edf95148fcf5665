import type { KindRow } from '#contracts/kinds'
import { type ManagerClient, type ManagerRequest, TRIAL_TIMEOUT_MS } from './client.ts'
import { pathOf } from './kinds.ts'
import type { WriteAsk } from './options.ts'
import { type Made, writeOne } from './write.ts'

/** Brings something of a document online or takes it offline. `below`: where, under the document's path; `force`: unasked. */
export async function setState(
  client: ManagerClient,
  kind: KindRow,
  key: string,
  below: string,
  ask: WriteAsk,
  force = false
): Promise<Made> {
  const where = pathOf(client, kind, key)
  const { generation = 0 } = await client.send({ method: 'GET', path: where })
  const path = `${where}/${below}`
  const request: ManagerRequest = {
    method: 'POST',
    path,
    body: {},
    ...(force && { query: { force } }),
    expected: ask.seen ?? generation,
    reason: ask.reason,
    timeoutMs: TRIAL_TIMEOUT_MS
  }
  return writeOne(client, kind, key, request, ask)
}
