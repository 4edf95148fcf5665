import type { Clock } from '#core/clock'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from '../config.ts'
import type { HookPlace } from '../hook-store.ts'
import { createManagerClient } from './client.ts'
import { createBundleFetcher } from './fetch-bundle.ts'
import { createSummarySender, type SummarySender } from './send-summaries.ts'
import { createSummaries, type SummarySources } from './take-summary.ts'

/** All that an instance has to do with the managers of its configuration; without one nothing of it does anything. */
export interface ManagerLink extends Closeable {
  /** Where code of hooks may be. */
  readonly bundles: HookPlace | undefined
  /** From now on each second is told, and heard whether this instance is to be out of the registry. */
  summarise(sources: Omit<SummarySources, 'clock'>, onOrder: (offline: boolean) => void): void
  /** Summaries that a manager did not get. */
  dropped(): number
}

export interface ManagerLinkOptions {
  readonly manager: GatewayConfig['manager']
  readonly clock: Clock
  readonly log: Logger
  /** Code that was missing can be had now. Never rejects. */
  readonly onFound: () => Promise<unknown>
}

/** Of one request to a manager, ms: code of 4 MiB comes in it, and a summary that is later says nothing any more. */
const TIMEOUT_MS = 5000

export function createManagerLink({ manager, clock, log, onFound }: ManagerLinkOptions): ManagerLink {
  if (manager === undefined) return { bundles: undefined, summarise: () => {}, dropped: () => 0, close: () => {} }
  const { urls, tokenFile, environment } = manager
  const managers = urls.map((url) => createManagerClient({ url, tokenFile, timeoutMs: TIMEOUT_MS }))
  const bundles = createBundleFetcher({ managers, clock, log, onFound })
  let sender: SummarySender | undefined
  return {
    bundles,
    summarise(sources, onOrder) {
      if (environment === undefined) return
      const take = createSummaries({ ...sources, clock })
      sender = createSummarySender({ managers, environment, take, onOrder, clock, log })
    },
    dropped: () => sender?.dropped() ?? 0,
    async close() {
      void bundles.close()
      await sender?.close()
    }
  }
}
