import type { Kysely } from 'kysely'
import { PLATFORM } from '#contracts/business-group'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Actor } from '../actor.ts'
import { commitChange } from '../documents/commit-change.ts'
import { findKind } from '../documents/kinds.ts'
import { planChange } from '../documents/plan-change.ts'
import { managerErrors } from '../errors.ts'
import type { Store } from '../store/open-store.ts'
import type { Tables } from '../store/schema.ts'
import { addSetup, listSetups, useSetups } from '../store/setup.ts'
import { insertUser, listUsers, readUser } from '../store/users.ts'
import type { Passwords } from './passwords.ts'
import { hashSecret, isSame, newSecret } from './secrets.ts'

/** Replicas that start together print one each, and restarts of them more: the newest of them count. */
const MOST_TOKENS = 10

/**
 * Where nobody can log in yet, a token that makes the first user, once: there is no default password. Each start prints one
 * of its own, because only the hashes of the others are there; with the first that is used all are. Undefined where there
 * are users.
 */
export async function prepareSetup(store: Store): Promise<string | undefined> {
  return store.write(async (db) => {
    const isUsed = (await listSetups(db)).some(({ used_at }) => used_at !== 0)
    if (isUsed || (await listUsers(db, 1)).length > 0) return undefined
    const token = newSecret()
    await addSetup(db, hashSecret(token), MOST_TOKENS)
    return token
  })
}

/** Who comes first, and the token by which he may. */
export interface SetupRequest {
  readonly token: string
  readonly user: string
  readonly password: string
}

/**
 * Makes the first user and the group `platform` with him as its admin everywhere. Rejects with ABOX_UNAUTHENTICATED where
 * the token is wrong or was used.
 */
export async function setUp(
  { store, passwords, clock }: { readonly store: Store; readonly passwords: Passwords; readonly clock: Clock },
  { token, user, password }: SetupRequest,
  from: Pick<Actor, 'address' | 'request'>
): Promise<void> {
  // Before the costly hash, which anybody could ask for otherwise.
  await store.read((db) => checkToken(db, token))
  const hash = await passwords.hash(password)
  const actor: Actor = { ...from, name: user, by: 'setup' }
  await store.write(async (db) => {
    await checkToken(db, token)
    const now = clock.wallMs()
    if ((await readUser(db, user)) !== undefined) throw new AboxError(managerErrors.ABOX_EXISTS, `user ${user}`)
    await insertUser(db, { name: user, title: '', password: hash, oidc: '' }, now)
    await commitChange(db, await planPlatform(db, actor), now)
    await useSetups(db, now)
  })
}

async function checkToken(db: Kysely<Tables>, token: string): Promise<void> {
  const hash = hashSecret(token)
  const setups = await listSetups(db)
  if (setups.some((setup) => setup.used_at === 0 && isSame(hash, setup.hash))) return
  throw new AboxError(
    managerErrors.ABOX_UNAUTHENTICATED,
    'the set-up token is none that one of the last starts has printed, or one of them was used'
  )
}

async function planPlatform(db: Kysely<Tables>, actor: Actor) {
  const kind = findKind('BusinessGroup')
  if (kind === undefined) throw new Error('no kind BusinessGroup')
  const body = {
    kind: 'BusinessGroup',
    name: PLATFORM,
    members: [{ user: actor.name, role: 'admin', environments: ['*'] }]
  }
  return planChange(db, {
    scope: '',
    kind,
    key: PLATFORM,
    body,
    expected: 'absent',
    actor,
    reason: 'first start',
    permit: () => {},
    mayName: () => true,
    // A group names no addresses.
    origins: { refusalOf: () => undefined }
  })
}
