import type { Environment } from '#contracts/environment'
import type { Receipt } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { Store } from '../store/open-store.ts'
import { type EmbeddedOptions, EmbeddedPublication } from './embedded.ts'
import type { Seen } from './laggards.ts'
import type { Publication } from './publication.ts'

/** The one gateway in the manager's own process, which serves one environment. */
export interface InProcessGateway extends Pick<EmbeddedOptions, 'deliver'> {
  readonly environment: string
}

export interface InProcess {
  /** Undefined: no gateway in this process serves it. */
  publish(environment: Environment): Publication | undefined
  /** What the gateway runs now, and what it says of itself. Never throws. */
  receive(receipt: Receipt, about?: Seen['about']): void
}

/** `gateway` undefined: there is none. */
export function createInProcess(
  gateway: InProcessGateway | undefined,
  parts: { readonly store: Store; readonly laggardMs: number; readonly clock: Clock; readonly log: Logger }
): InProcess {
  let publication: EmbeddedPublication | undefined
  let last: Parameters<InProcess['receive']> | undefined
  return {
    publish({ name }) {
      if (gateway?.environment !== name) return undefined
      publication = new EmbeddedPublication({
        ...parts,
        environment: name,
        deliver: gateway.deliver
      })
      // The environment may have been changed since: the gateway writes a receipt only when it has applied something.
      if (last !== undefined) publication.receive(...last)
      return publication
    },
    receive(...given) {
      last = given
      publication?.receive(...given)
    }
  }
}
