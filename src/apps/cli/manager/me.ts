import type { Session } from '#contracts/api/session'
import type { ManagerClient } from './client.ts'

/** Who sends the requests of a client. Rejects with the manager's ABOX_UNAUTHENTICATED. */
export async function readMe(client: ManagerClient): Promise<Session> {
  return (await client.send<Session>({ method: 'GET', path: '/session' })).body
}
