import type { Environment } from '#contracts/environment'
import { readDocument } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'
import { lastAudit } from '../store/read-audit.ts'
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
  /** Number of the audit's last line when `#result` was read: each change of a document has one. */
  #seq = -1
  #result: ReadonlyMap<string, Wanted> = new Map()
  #environment: Environment | undefined = undefined

  constructor(store: Store, scope: string) {
    this.#store = store
    this.#scope = scope
  }

  /** The environment itself as of the last `read`; undefined: it is gone. */
  get environment(): Environment | undefined {
    return this.#environment
  }

  /** By place; the same map again when nothing was changed. Rejects with ABOX_DATABASE_AWAY. */
  async read(): Promise<ReadonlyMap<string, Wanted>> {
    const kindNames = publishedKinds.map(({ kind }) => kind)
    const found = await this.#store.read(async (db) => {
      // Before the list: what is written meanwhile is found the next time.
      const seq = await lastAudit(db)
      if (seq === this.#seq) return undefined
      const environment = await readDocument(db, { scope: '', kind: 'Environment', key: this.#scope })
      const list = db
        .selectFrom('documents')
        .select(['kind', 'key', 'generation'])
        .where('scope', '=', this.#scope)
        .where('kind', 'in', kindNames)
        .where('deleted', '=', 0)
      return { seq, environment, rows: await list.execute() }
    })
    if (found === undefined) return this.#result
    const { seq, environment, rows } = found
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
    this.#environment = environment?.deleted === false ? (environment.document as Environment) : undefined
    this.#result = result
    this.#seq = seq
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
