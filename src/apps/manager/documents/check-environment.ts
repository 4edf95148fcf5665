import type { Kysely } from 'kysely'
import { type Environment, rootOf, shareFolder } from '#contracts/environment'
import { contractErrors } from '#contracts/errors'
import { AboxError } from '#core/errors'
import { readEnvironments } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'

/** Two environments in one folder would each remove what the other one publishes. Throws ABOX_DOCUMENT_INVALID. */
export async function checkEnvironment(db: Kysely<Tables>, environment: Environment): Promise<void> {
  const others = (await readEnvironments(db)).filter(({ name }) => name !== environment.name)
  const other = others.find((candidate) => shareFolder(environment, candidate))
  if (other === undefined) return
  throw new AboxError(
    contractErrors.ABOX_DOCUMENT_INVALID,
    `Environment ${environment.name}: publish.root: found "${rootOf(environment)}", expected a folder that is not, contains or lies in that of ${other.name}, "${rootOf(other)}" at the same ZooKeeper`
  )
}
