import type { Actor } from '../../src/apps/manager/actor.ts'
import { commitChange } from '../../src/apps/manager/documents/commit-change.ts'
import { findKind } from '../../src/apps/manager/documents/kinds.ts'
import { type ChangeRequest, planChange } from '../../src/apps/manager/documents/plan-change.ts'
import type { StoredDocument } from '../../src/apps/manager/store/documents.ts'
import { openStore, type Store } from '../../src/apps/manager/store/open-store.ts'
import { silentLogger } from '../../src/core/logger.ts'

export const TESTER: Actor = { name: 'alice', by: 'session', address: '10.0.0.9', request: 'r-1' }

/** A change as tests write it; what is left out is that of a test. */
export interface Change {
  /** `qa` unless given. */
  readonly scope?: string
  readonly kind: string
  readonly key: string
  readonly body?: unknown
  readonly seen: number | 'absent'
  readonly reason?: string
  readonly actor?: Actor
  readonly permit?: ChangeRequest['permit']
  /** Any address may be named unless given. */
  readonly origins?: ChangeRequest['origins']
  /** Wall clock, ms. */
  readonly at?: number
}

export const openTestStore = (url: string): Promise<Store> => openStore({ url, log: silentLogger })

/** Plans and writes it in one transaction, with everything permitted unless told otherwise. */
export function applyChange(store: Store, change: Change): Promise<StoredDocument | undefined> {
  const { scope = 'qa', key, body, seen, reason = 'a test', actor = TESTER, permit = () => {}, at = 1 } = change
  const { origins = { refusalOf: () => undefined } } = change
  const kind = findKind(change.kind)
  if (kind === undefined) throw new Error(`no kind ${change.kind}`)
  return store.write(async (db) =>
    commitChange(
      db,
      await planChange(db, {
        scope,
        kind,
        key,
        body,
        expected: seen,
        actor,
        reason,
        permit,
        mayName: () => true,
        origins
      }),
      at
    )
  )
}

/** A cluster of our own and one of somebody else, in `qa`, and a business group `rank` with no members. */
export async function prepareStore(store: Store): Promise<void> {
  const make = (scope: string, kind: string, key: string, rest: object): Promise<unknown> =>
    applyChange(store, { scope, kind, key, seen: 'absent', body: { kind, name: key, ...rest } })
  await make('qa', 'Cluster', 'legacy', { type: 'legacy' })
  await make('qa', 'Cluster', 'vendor', { type: 'third-party' })
  await make('', 'BusinessGroup', 'rank', { members: [] })
}

/** A model with one variant; `variant` in place of what it says. */
export const modelOf = (name: string, variant: object = {}): object => ({
  kind: 'Model',
  name,
  businessGroup: 'rank',
  variants: [
    { name: 'a', cluster: 'legacy', protocol: 'v2', path: '/v2', endpoints: ['http://10.0.0.1:8501'], ...variant }
  ]
})

/** A model whose only variant runs at the endpoint of this name. */
export const modelAt = (name: string, endpoint: string): object =>
  modelOf(name, { cluster: 'vendor', endpoint, endpoints: undefined })
