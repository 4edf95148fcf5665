import assert from 'node:assert/strict'
import type { Store } from '../../src/apps/manager/store/open-store.ts'
import type { Answer, Ask, Client } from './manager.ts'

/** One generation of a model. No two of them say the same. */
interface Written {
  readonly generation: number
  /** Of the model's only variant; undefined: deleted. */
  readonly path: string | undefined
}

/** Models that are written through the API of several replicas, and what was acknowledged. Each has one writer at a time. */
export interface AcknowledgedWrites {
  /**
   * Makes the model's next generation, or deletes it; gives how often that was sent. `from`: index of the replica that is
   * asked first. Throws when it is refused, or not answered within 45 s.
   */
  write(from: number, key: string, end?: 'delete'): Promise<number>
  /** Sends a write of the model again, as a client does that has not heard the answer. It has to be the same. */
  repeat(from: number, key: string, generation: number): Promise<void>
  /** The store has exactly that, each generation once and none left out, with one row of the audit for each. */
  checkStore(store: Store): Promise<void>
}

/** `replicas`: of now; `folder`: path of the models; `modelAt`: body of a model with one variant at this path. */
export function createAcknowledgedWrites(
  replicas: () => readonly Client[],
  folder: string,
  modelAt: (name: string, path: string) => object
): AcknowledgedWrites {
  const written = new Map<string, readonly Written[]>()

  /** The same request with the same key at the next replica, until it is answered. */
  const insist = async (from: number, key: string, { generation, path }: Written): Promise<[Answer, number]> => {
    const ask: Ask = {
      seen: generation === 1 ? 'absent' : generation - 1,
      headers: { 'idempotency-key': `${key}-${generation}` },
      ...(path !== undefined && { body: modelAt(key, path) })
    }
    const limit = performance.now() + 45_000
    for (let tries = 1; performance.now() < limit; tries++) {
      const all = replicas()
      const sent = all[(from + tries - 1) % all.length]?.ask(path === undefined ? 'DELETE' : 'PUT', folder + key, ask)
      // The connection broke, whether it was done is not known.
      const answer = await sent?.catch(() => undefined)
      if (answer === undefined || answer.status >= 500) continue
      assert.equal(answer.status, path === undefined ? 204 : generation === 1 ? 201 : 200, answer.text)
      if (path !== undefined) assert.equal(answer.body.generation, generation)
      return [answer, tries]
    }
    throw new Error(`no replica has answered for generation ${generation} of ${key}`)
  }
  return {
    async write(from, key, end) {
      const before = written.get(key) ?? []
      const generation = before.length + 1
      const next = { generation, path: end === undefined ? `/${key}/${generation}` : undefined }
      const [, tries] = await insist(from, key, next)
      written.set(key, [...before, next])
      return tries
    },
    async repeat(from, key, generation) {
      const known = written.get(key)?.[generation - 1]
      assert.ok(known !== undefined)
      const [answer] = await insist(from, key, known)
      assert.equal(answer.headers.get('idempotency-replayed'), 'true')
    },
    async checkStore(store) {
      const keys = [...written.keys()]
      const [revisions, audit] = await store.read((db) =>
        Promise.all([
          db.selectFrom('revisions').selectAll().where('kind', '=', 'Model').where('key', 'in', keys).execute(),
          db.selectFrom('audit').selectAll().where('kind', '=', 'Model').where('key', 'in', keys).execute()
        ])
      )
      const kept = Map.groupBy(revisions, ({ key }) => key)
      const audited = Map.groupBy(audit, ({ key }) => key)
      for (const [key, all] of written) {
        const rows = (kept.get(key) ?? []).map(({ generation, deleted, body }) => {
          const { variants } = JSON.parse(body) as { readonly variants: readonly { readonly path: string }[] }
          return { generation, path: deleted === 1 ? undefined : variants[0]?.path }
        })
        assert.deepEqual(rows.toSorted(byGeneration), all, key)
        const actions = (audited.get(key) ?? []).map(({ generation, action }) => ({ generation, action }))
        assert.deepEqual(actions.toSorted(byGeneration), all.map(auditOf), key)
      }
    }
  }
}

type Numbered = Pick<Written, 'generation'>
const byGeneration = (one: Numbered, other: Numbered): number => one.generation - other.generation

function auditOf({ generation, path }: Written): object {
  return { generation, action: path === undefined ? 'delete' : generation === 1 ? 'create' : 'change' }
}
