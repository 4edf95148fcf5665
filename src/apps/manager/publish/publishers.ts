import type { Environment } from '#contracts/environment'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Changes } from '../changes.ts'
import { listDocuments } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'
import { createLoop } from './loop.ts'
import type { Publication, PublicationState } from './publication.ts'
import { ZookeeperPublication } from './publisher.ts'

export interface PublishersOptions {
  readonly store: Store
  readonly changes: Changes
  /** Of this manager, among the candidates; as a node's name may be. */
  readonly name: string
  /** Value of a secret by its name; may throw. */
  readonly secret: (name: string) => string
  /** Publishes environments whose `publish.kind` is embedded; absent or undefined: they are published nowhere. */
  readonly embedded?: (environment: Environment) => Publication | undefined
  /** Of ZooKeeper, ms. */
  readonly sessionTimeoutMs: number
  readonly laggardMs: number
  readonly clock: Clock
  readonly log: Logger
}

export interface Publishers extends Closeable {
  /** Undefined: there is no such environment, or it is published nowhere. */
  state(environment: string): PublicationState | undefined
  /** Names of the environments that are published. */
  environments(): string[]
}

/** How soon what other managers wrote is seen, ms. */
const POLL_MS = 500
/** More environments than anybody has. */
const MAX_ENVIRONMENTS = 1000

interface Running {
  /** Of what the environment says about publishing: another text needs another publisher. */
  readonly text: string
  readonly publication: Publication
}

/**
 * One publisher for each environment, as the store has them. All of them hear of each change: what other managers write
 * is found by the greatest number of the audit, which grows in the order of commits.
 */
export function createPublishers(options: PublishersOptions): Publishers {
  const { store, changes, log } = options
  const running = new Map<string, Running>()
  let lastSeq = -1

  const stop = async (name: string): Promise<void> => {
    const found = running.get(name)
    running.delete(name)
    await found?.publication.close()
  }
  const start = (environment: Environment, text: string): void => {
    try {
      const publication = publicationOf(environment, options)
      if (publication !== undefined) running.set(environment.name, { text, publication })
    } catch (error) {
      log.error({ environment: environment.name, error: describe(error) }, 'environment is not published')
    }
  }
  const step = async (): Promise<void> => {
    const row = await store.read((db) =>
      db
        .selectFrom('audit')
        .select((select) => select.fn.max('seq').as('seq'))
        .executeTakeFirst()
    )
    const seq = Number(row?.seq ?? 0)
    if (seq === lastSeq) return
    const found = await store.read((db) =>
      listDocuments(db, { scope: '', kind: 'Environment', limit: MAX_ENVIRONMENTS })
    )
    const environments = new Map(found.map(({ document, key }) => [key, document as Environment]))
    for (const name of [...running.keys()]) if (!environments.has(name)) await stop(name)
    for (const [name, environment] of environments) {
      const text = JSON.stringify(environment.publish)
      if (running.get(name)?.text === text) continue
      await stop(name)
      start(environment, text)
    }
    for (const { publication } of running.values()) publication.poke()
    lastSeq = seq
  }
  const loop = createLoop('publishers', POLL_MS, log, step)
  const deaf = changes.listen(loop.poke)
  loop.poke()
  return {
    environments: () => [...running.keys()],
    state: (environment) => running.get(environment)?.publication.state(),
    async close() {
      deaf()
      await loop.close()
      await Promise.all([...running.keys()].map(stop))
    }
  }
}

/** Throws what `secret` throws. */
function publicationOf(environment: Environment, options: PublishersOptions): Publication | undefined {
  const { store, changes, name, secret, sessionTimeoutMs, laggardMs, clock, log } = options
  const { publish } = environment
  if (publish.kind === 'embedded') return options.embedded?.(environment)
  const credentials = publish.credentials === undefined ? undefined : secret(publish.credentials.secret)
  const onAudit = (): void => changes.notify()
  return new ZookeeperPublication({
    store,
    environment,
    name,
    credentials,
    sessionTimeoutMs,
    laggardMs,
    onAudit,
    clock,
    log
  })
}
