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
import { readSetup, useSetup, writeSetup } from '../store/setup.ts'
import { insertUser, listUsers, readUser } from '../store/users.ts'
import type { Passwords } from './passwords.ts'
import { hashSecret, isSame, newSecret } from './secrets.ts'

/**
 * Where nobody can log in yet, a token that makes the first user, once: there is no default password. A start before it was
 * used makes a new one, because only the hash of the old one is there. Undefined where there are users.
 */
export async function prepareSetup(store: Store): Promise<string | undefined> {
  return store.write(async (db) => {
    const setup = await readSetup(db)
    if ((setup !== undefined && setup.used_at !== 0) || (await listUsers(db, 1)).length > 0) return undefined
    const token = newSecret()
    await writeSetup(db, hashSecret(token))
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
    await useSetup(db, now)
  })
}

async function checkToken(db: Kysely<Tables>, token: string): Promise<void> {
  const setup = await readSetup(db)
  if (setup !== undefined && setup.used_at === 0 && isSame(hashSecret(token), setup.hash)) return
  throw new AboxError(
    managerErrors.ABOX_UNAUTHENTICATED,
    'the set-up token is not the one of the last start, or was used'
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
