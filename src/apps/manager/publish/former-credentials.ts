import { type Environment, rootOf, shareFolder } from '#contracts/environment'
import { listRevisions } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'

/** More changes of an environment than these are not looked back. */
const MAX_REVISIONS = 100

/** Credentials that an environment had before, at the same root and one of the same servers. */
export interface FormerCredentials {
  /** Newest first. */
  readonly values: readonly string[]
  /** Names of those whose files are not there. */
  readonly missing: readonly string[]
}

/** By the revisions of the environment; the current ones are not among them. `secret`: value by name, may throw. */
export async function readFormerCredentials(
  store: Store,
  environment: Environment,
  secret: (name: string) => string
): Promise<FormerCredentials> {
  const id = { scope: '', kind: 'Environment', key: environment.name }
  const rows = await store.read((db) => listRevisions(db, id, MAX_REVISIONS))
  const current = secretOf(environment)
  const names = new Set<string>()
  for (const { body, deleted } of rows) {
    if (deleted === 1) continue
    const then = JSON.parse(body) as Environment
    const name = secretOf(then)
    // No other server is told them.
    const isHere = shareFolder(then, environment) && rootOf(then) === rootOf(environment)
    if (name !== undefined && name !== current && isHere) names.add(name)
  }
  const values: string[] = []
  const missing: string[] = []
  for (const name of names) {
    try {
      values.push(secret(name))
    } catch {
      missing.push(name)
    }
  }
  return { values, missing }
}

const secretOf = ({ publish }: Environment): string | undefined =>
  publish.kind === 'zookeeper' ? publish.credentials?.secret : undefined
