import type { AuditPage } from '#contracts/api/audit'
import type { Revision, RevisionPage } from '#contracts/api/revision'
import type { KindRow } from '#contracts/kinds'
import type { ManagerClient } from './client.ts'

/** So many changes back a rollback can go; the API gives no more at a time. */
const MOST = 100

/** The generation to which a rollback of the present one goes; undefined: nothing is before it that was not taken back. */
export async function readRollbackTarget(
  client: ManagerClient,
  { kind, scope }: KindRow,
  key: string,
  path: string
): Promise<number | undefined> {
  const revisions = await client.send<RevisionPage>({
    method: 'GET',
    path: `${path}/revisions`,
    query: { limit: MOST }
  })
  const environment = scope === 'global' ? undefined : client.environment
  const query = { kind, key, environment, action: 'undo', limit: MOST }
  const undos = await client.send<AuditPage>({ method: 'GET', path: '/audit', query })
  return findRollbackTarget(revisions.body.items, new Set(undos.body.items.map(({ generation }) => generation)))
}

/**
 * Rollbacks go one way: each further back, none forward to what another one has left. So an undo is no change of its own, it
 * ends the ones behind the state that it went back to. `revisions`: newest first; `undone`: generations that undos have made.
 */
export function findRollbackTarget(
  revisions: readonly Pick<Revision, 'generation' | 'deleted' | 'document'>[],
  undone: ReadonlySet<number | undefined>
): number | undefined {
  const states: { readonly generation: number; readonly text: string }[] = []
  for (const { generation, deleted, document } of revisions.toReversed()) {
    // What is made again begins anew.
    if (deleted) states.length = 0
    else {
      const text = JSON.stringify({ ...document, generation: 0, changedBy: '', reason: '' })
      const index = undone.has(generation) ? states.findLastIndex((state) => state.text === text) : -1
      if (index < 0) states.push({ generation, text })
      else states.length = index + 1
    }
  }
  return states.at(-2)?.generation
}
