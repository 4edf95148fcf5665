import type { ManagerClient } from './client.ts'

/** Who sends the requests of a client. */
export interface Me {
  readonly user: string
  /** `session`, or `token <id>`. */
  readonly by: string
  readonly grants: readonly { readonly businessGroup: string; readonly role: string; readonly environment: string }[]
}

/** Rejects with the manager's ABOX_UNAUTHENTICATED. */
export async function readMe(client: ManagerClient): Promise<Me> {
  return (await client.send<Me>({ method: 'GET', path: '/session' })).body
}
