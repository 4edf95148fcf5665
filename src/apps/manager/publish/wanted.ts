import type { Store } from '../store/open-store.ts'
import type { RevisionRow } from '../store/schema.ts'
import { placeOf, publishedKinds, publishedText } from './published.ts'

/** What is to stand at one place. */
export interface Wanted {
  readonly generation: number
  readonly data: Buffer
  readonly businessGroup: string
  /** Wall clock, ms. */
  readonly changedAt: number
}

interface Known {
  readonly generation: number
  /** Undefined: nothing is published of it. */
  readonly wanted: Wanted | undefined
}

/** SQLite takes at most 32766 values in one statement. */
const CHUNK = 500

/** What the store wants published of one environment; bodies are read once for each generation. */
export class WantedDocuments {
  readonly #store: Store
  readonly #scope: string
  #known = new Map<string, Known>()

  constructor(store: Store, scope: string) {
    this.#store = store
    this.#scope = scope
  }

  /** By place. Rejects with ABOX_DATABASE_AWAY. */
  async read(): Promise<Map<string, Wanted>> {
    const kindNames = publishedKinds.map(({ kind }) => kind)
    const rows = await this.#store.read((db) =>
      db
        .selectFrom('documents')
        .select(['kind', 'key', 'generation'])
        .where('scope', '=', this.#scope)
        .where('kind', 'in', kindNames)
        .where('deleted', '=', 0)
        .execute()
    )
    const next = new Map<string, Known>()
    const stale = new Map<string, Map<string, number>>()
    for (const kind of kindNames) stale.set(kind, new Map())
    for (const { kind, key, generation } of rows) {
      const place = placeOf(kind, key)
      const known = this.#known.get(place)
      if (known?.generation === generation) next.set(place, known)
      else stale.get(kind)?.set(key, generation)
    }
    for (const [kind, listed] of stale) {
      const keys = [...listed.keys()]
      for (let from = 0; from < keys.length; from += CHUNK) {
        await this.#load(kind, keys.slice(from, from + CHUNK), listed, next)
      }
    }
    this.#known = next
    const result = new Map<string, Wanted>()
    for (const [place, { wanted }] of next) if (wanted !== undefined) result.set(place, wanted)
    return result
  }

  /**
   * Each in the generation that was listed: the list is of one moment, a newer document may name one that is not in it.
   * What was changed since comes from its revision, and as it is now with the next list.
   */
  async #load(
    kind: string,
    keys: readonly string[],
    listed: ReadonlyMap<string, number>,
    next: Map<string, Known>
  ): Promise<void> {
    const rows = await this.#store.read((db) =>
      db
        .selectFrom('documents')
        .selectAll()
        .where('scope', '=', this.#scope)
        .where('kind', '=', kind)
        .where('key', 'in', [...keys])
        .execute()
    )
    for (const row of rows) {
      const wasListed = row.generation === listed.get(row.key)
      const body = wasListed ? row : await this.#revision(kind, row.key, listed.get(row.key) ?? 0)
      if (body !== undefined) next.set(placeOf(kind, row.key), knownOf(body, row.business_group))
    }
  }

  #revision(kind: string, key: string, generation: number): Promise<RevisionRow | undefined> {
    return this.#store.read((db) =>
      db
        .selectFrom('revisions')
        .selectAll()
        .where('scope', '=', this.#scope)
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where('generation', '=', generation)
        .executeTakeFirst()
    )
  }
}

function knownOf(row: RevisionRow, businessGroup: string): Known {
  const text = publishedText(row)
  const { generation, changed_at: changedAt } = row
  if (text === undefined) return { generation, wanted: undefined }
  return { generation, wanted: { generation, data: Buffer.from(text), businessGroup, changedAt } }
}
