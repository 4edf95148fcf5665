import type { Kysely } from 'kysely'
import type { ServerOrderRow, Tables } from './schema.ts'

/** What somebody wants of a server of an environment; the row goes on when he wants it no more. */
export type ServerOrder = Omit<ServerOrderRow, 'scope'>

export async function readServerOrder(
  db: Kysely<Tables>,
  scope: string,
  server: string
): Promise<ServerOrderRow | undefined> {
  return db
    .selectFrom('server_orders')
    .selectAll()
    .where('scope', '=', scope)
    .where('server', '=', server)
    .executeTakeFirst()
}

/** Those that are to be offline. */
export async function listOfflineServers(db: Kysely<Tables>, scope: string): Promise<ServerOrderRow[]> {
  return db.selectFrom('server_orders').selectAll().where('scope', '=', scope).where('offline', '=', 1).execute()
}

/** Its generation grows by one; gives it. */
export async function writeServerOrder(
  db: Kysely<Tables>,
  scope: string,
  order: Omit<ServerOrder, 'generation'>
): Promise<number> {
  const known = await readServerOrder(db, scope, order.server)
  const row = { ...order, at: Math.round(order.at), generation: (known?.generation ?? 0) + 1 }
  await db
    .insertInto('server_orders')
    .values({ scope, ...row })
    .onConflict((conflict) => conflict.columns(['scope', 'server']).doUpdateSet(row))
    .execute()
  return row.generation
}
