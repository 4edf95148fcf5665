import type { Store } from '../store/open-store.ts'
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
    const stale = new Map(kindNames.map((kind): [string, string[]] => [kind, []]))
    for (const { kind, key, generation } of rows) {
      const place = placeOf(kind, key)
      const known = this.#known.get(place)
      if (known?.generation === generation) next.set(place, known)
      else stale.get(kind)?.push(key)
    }
    for (const [kind, keys] of stale) {
      for (let from = 0; from < keys.length; from += CHUNK) {
        for (const [place, known] of await this.#load(kind, keys.slice(from, from + CHUNK))) next.set(place, known)
      }
    }
    this.#known = next
    const result = new Map<string, Wanted>()
    for (const [place, { wanted }] of next) if (wanted !== undefined) result.set(place, wanted)
    return result
  }

  /** A document that was deleted or changed since the list was read comes as it is now. */
  async #load(kind: string, keys: readonly string[]): Promise<[string, Known][]> {
    const rows = await this.#store.read((db) =>
      db
        .selectFrom('documents')
        .selectAll()
        .where('scope', '=', this.#scope)
        .where('kind', '=', kind)
        .where('key', 'in', [...keys])
        .execute()
    )
    return rows.map((row) => {
      const text = publishedText(row)
      const { generation, business_group: businessGroup, changed_at: changedAt } = row
      const wanted = text === undefined ? undefined : { generation, data: Buffer.from(text), businessGroup, changedAt }
      return [placeOf(kind, row.key), { generation, wanted }]
    })
  }
}
