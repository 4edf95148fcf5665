import type { Environment } from '#contracts/environment'
import type { Change } from '#lib/zookeeper'
import { readDocument } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'
import { whereOf } from './adoption.ts'
import { parsed } from './nodes.ts'

/*
 * Which environment publishes at a root, for everybody who could take it for his own: two addresses may be one ZooKeeper.
 *
 *   path  = <root>/manager/environment, persistent
 *   data  = JSON {"environment": name, "where": address and root as the environment says them}
 */

interface Owner {
  readonly environment: string
  readonly where: string
}

export interface PlaceOwnerOptions {
  readonly store: Store
  readonly environment: string
  /** As adoption.ts says it. */
  readonly where: string
  readonly root: string
}

/** Whose place it is where an environment is to be published, as a watch has told of it. */
export class PlaceOwner {
  readonly path: string
  readonly #options: PlaceOwnerOptions
  #found: Buffer | undefined = undefined
  #isRead = false

  constructor(options: PlaceOwnerOptions) {
    this.#options = options
    this.path = `${options.root}/manager/environment`
  }

  /** Somebody has told what stands there; before that nothing is known. */
  get complete(): boolean {
    return this.#isRead
  }

  take(found: Buffer | undefined): void {
    this.#found = found
    this.#isRead = true
  }

  /**
   * Why nothing is published: another environment of this store is published here. Not one that is gone or says another place
   * by now, nor one that only another manager knows: what it has published is not known here, and that is refused as such.
   */
  async refusal(): Promise<string | undefined> {
    const { store, environment, where } = this.#options
    const owner = ownerOf(this.#found)
    if (owner === undefined || owner.environment === environment) return undefined
    const id = { scope: '', kind: 'Environment', key: owner.environment }
    const other = await store.read((db) => readDocument(db, id))
    if (other === undefined || other.deleted || whereOf(other.document as Environment) !== owner.where) return undefined
    return `${where} is the place of environment ${owner.environment}, which publishes to ${owner.where}: give ${environment} another root, or another ZooKeeper`
  }

  /** What says that it is ours now; undefined: that stands there. */
  claim(): Change | undefined {
    const { environment, where } = this.#options
    const data = Buffer.from(JSON.stringify({ environment, where } satisfies Owner))
    if (this.#found?.equals(data)) return undefined
    return { kind: this.#found === undefined ? 'create' : 'set', path: this.path, data }
  }

  /** What takes that back; undefined: it does not say that. */
  release(): Change | undefined {
    const isOurs = ownerOf(this.#found)?.environment === this.#options.environment
    return isOurs ? { kind: 'remove', path: this.path } : undefined
  }
}

/** Undefined as well for what a stranger wrote. */
function ownerOf(data: Buffer | undefined): Owner | undefined {
  const value = data === undefined ? undefined : parsed(data)
  if (typeof value !== 'object' || value === null) return undefined
  const { environment, where } = value as Partial<Owner>
  return typeof environment === 'string' && typeof where === 'string' ? { environment, where } : undefined
}
