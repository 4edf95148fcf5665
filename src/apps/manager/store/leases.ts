import type { Kysely } from 'kysely'
import type { Clock } from '#core/clock'
import type { Store } from './open-store.ts'
import type { Tables } from './schema.ts'

/** Who wants to lead what. */
export interface LeaseClaim {
  readonly name: string
  /** A name that no other process has, not empty. */
  readonly holder: string
  /** How long it is his unless he takes it again, ms. More than the clocks of the replicas may differ. */
  readonly forMs: number
}

/**
 * Takes it or keeps it, inside `Store.write`; gives the epoch, which is greater for each holder than for the one before:
 * whatever has seen it refuses those with a smaller one. Undefined: another one has it. `at`: wall clock, ms.
 */
export async function takeLease(
  db: Kysely<Tables>,
  { name, holder, forMs }: LeaseClaim,
  at: number
): Promise<number | undefined> {
  const found = await db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst()
  const isOwn = found?.holder === holder
  if (found !== undefined && !isOwn && found.expires_at > at) return undefined
  const epoch = isOwn ? found.epoch : (found?.epoch ?? 0) + 1
  const row = { holder, epoch, expires_at: Math.round(at + forMs) }
  await db
    .insertInto('leases')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute()
  return epoch
}

/** Lets it go where it is still his; the next holder, he himself too, gets a greater epoch. */
export async function releaseLease(db: Kysely<Tables>, name: string, holder: string): Promise<void> {
  await db
    .updateTable('leases')
    .set({ holder: '', expires_at: 0 })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .execute()
}

/** Whether the lease is of this epoch still: asked in the `Store.write` that does what only its holder may. */
export async function isEpoch(db: Kysely<Tables>, name: string, epoch: number): Promise<boolean> {
  const found = await db.selectFrom('leases').select(['epoch', 'holder']).where('name', '=', name).executeTakeFirst()
  return found?.epoch === epoch && found.holder !== ''
}

/** Leadership of one process by the database. `hold` takes or keeps it; false: another one has it. */
export function createLease(
  store: Store,
  claim: LeaseClaim,
  clock: Clock
): { hold(): Promise<boolean>; release(): Promise<void> } {
  return {
    hold: async () => (await store.write((db) => takeLease(db, claim, clock.wallMs()))) !== undefined,
    release: () => store.write((db) => releaseLease(db, claim.name, claim.holder))
  }
}
