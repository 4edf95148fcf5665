import assert from 'node:assert/strict'
import { systemClock } from '#core/clock'
import { type Logger, silentLogger } from '#core/logger'
import { createChanges } from '../../../../src/apps/manager/changes.ts'
import { commitChange } from '../../../../src/apps/manager/documents/commit-change.ts'
import { findKind } from '../../../../src/apps/manager/documents/kinds.ts'
import { planChange } from '../../../../src/apps/manager/documents/plan-change.ts'
import { createPublishers, type Publishers } from '../../../../src/apps/manager/publish/publishers.ts'
import { readDocument } from '../../../../src/apps/manager/store/documents.ts'
import { openStore, type Store } from '../../../../src/apps/manager/store/open-store.ts'
import { eventually } from '../../lib/eventually.ts'

/** What a manager is of publishing: a store on a file, and its publishers. */
export interface Publishing {
  readonly store: Store
  readonly publishers: Publishers
  /** Writes a document, whatever its generation was; without a body it is deleted. Gives the generation. */
  put(scope: string, kind: string, key: string, body?: object, action?: string): Promise<number>
  close(): Promise<void>
}

export interface PublishingOptions {
  readonly laggardMs?: number
  readonly sessionTimeoutMs?: number
  readonly withdrawMs?: number
  readonly secret?: (name: string) => string
  readonly log?: Logger
}

/** `database`: a file, or the URL of a PostgreSQL. */
export async function startPublishing(
  database: string,
  name: string,
  options: PublishingOptions = {}
): Promise<Publishing> {
  const store = await openStore({
    url: database.startsWith('postgres') ? database : `sqlite:${database}`,
    log: silentLogger
  })
  const changes = createChanges()
  const publishers = createPublishers({
    store,
    changes,
    name,
    secret: () => 'user:password',
    laggardMs: 10_000,
    // Longer than a busy machine stands still: nobody is to lose the lead here but where a test wants it.
    sessionTimeoutMs: 8000,
    clock: systemClock,
    log: silentLogger,
    ...options
  })
  return {
    store,
    publishers,
    async put(scope, kindName, key, body, action) {
      const kind = findKind(kindName)
      assert.ok(kind !== undefined)
      const generation = await store.write(async (db) => {
        const found = await readDocument(db, { scope, kind: kindName, key })
        const expected = found === undefined || found.deleted ? 'absent' : found.generation
        const actor = { name: 'anna', by: 'test', address: '', request: '' }
        const request = {
          scope,
          kind,
          key,
          body,
          expected,
          actor,
          reason: 'a test',
          ...(action !== undefined && { action }),
          permit: () => {},
          mayName: () => true,
          origins: { refusalOf: () => undefined }
        } as const
        const plan = await planChange(db, request)
        await commitChange(db, plan, Date.now())
        return plan.generation
      })
      changes.notify()
      return generation
    },
    async close() {
      await publishers.close()
      await store.close()
    }
  }
}

/** An environment at this ZooKeeper with its cluster. */
export async function putEnvironment({ put }: Publishing, name: string, address: string): Promise<void> {
  await put('', 'Environment', name, { kind: 'Environment', name, publish: { kind: 'zookeeper', address } })
  await put(name, 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
}

const variant = { cluster: 'legacy', protocol: 'tensorflow', path: '/v1/models/rank:predict' }

/** A model of one variant at this port. */
export function model(name: string, port = 8501): object {
  return { kind: 'Model', name, variants: [{ ...variant, name: 'old', endpoints: [`http://10.0.0.1:${port}`] }] }
}

/** A model with everything that is the manager's alone. */
export function modelWithOffline(name: string, newState: 'online' | 'offline'): object {
  return {
    kind: 'Model',
    name,
    sample: { instances: [1] },
    variants: [
      { ...variant, name: 'old', endpoints: ['http://10.0.0.1:8501'], state: 'online' },
      { ...variant, name: 'new', endpoints: ['http://10.0.0.2:8501'], state: newState }
    ],
    split: { weights: { old: 1_000_000, new: 0 } }
  }
}

/** A service whose one method asks a model. */
export function service(name: string, modelName: string): object {
  const method = { name: 'score', model: modelName, input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }
  return { kind: 'Service', interface: name, methods: [method] }
}

/** Resolves when this one leads in the environment. */
export const leads = (publishing: Publishing, environment: string): Promise<void> =>
  eventually(() => assert.equal(publishing.publishers.state(environment)?.leader, true))
