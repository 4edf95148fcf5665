import type { AuditPage } from '#contracts/api/audit'
import type { KindRow } from '#contracts/kinds'
import type { ManagerClient } from './client.ts'

/**
 * Says on standard error where the last change of a document was an undo: an undo of it goes forward again, which looks like
 * nothing happened to who wanted to go further back. `generation`: the present one; undefined: there is no document.
 */
export async function tellUndone(
  client: ManagerClient,
  { kind, scope }: KindRow,
  key: string,
  generation: number | undefined
): Promise<void> {
  if (generation === undefined) return
  const environment = scope === 'global' ? undefined : client.environment
  const query = { kind, key, environment, action: 'undo', limit: 1 }
  const { body } = await client.send<AuditPage>({ method: 'GET', path: '/audit', query })
  if (body.items[0]?.generation !== generation) return
  console.error(
    `the last change was an undo: this brings back what it took away, generation ${generation - 1}; further back goes \`abox undo ${kind.toLowerCase()} ${key} --to GENERATION\``
  )
}
