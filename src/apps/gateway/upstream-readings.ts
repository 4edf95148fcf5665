import type { UpstreamStats } from '#lib/upstream'
import type { Sender } from './send.ts'

/** What the metrics say of the HTTP client; its names of phases and reasons are label values. */
export interface UpstreamReadings {
  waiting(): number
  running(): number
  connections(): number
  refused(): ReadonlyMap<string, number>
  timeouts(): ReadonlyMap<string, number>
  retries(): ReadonlyMap<string, number>
  heldBytes(): number
  noRoom(): number
  canceled(): number
  idleClosed(): number
}

export function createUpstreamReadings(
  stats: () => UpstreamStats,
  sender: Pick<Sender, 'retries' | 'unaffordable'>
): UpstreamReadings {
  return {
    waiting: () => stats().waiting,
    running: () => stats().running,
    connections: () => stats().connected,
    refused() {
      const { busy, requestTooLarge } = stats()
      return new Map([
        ['busy', busy],
        ['request_too_large', requestTooLarge],
        ['retry_budget', sender.unaffordable()]
      ])
    },
    timeouts() {
      const { waiting, sent, begun, body } = stats().timeouts
      return new Map([
        ['connection', waiting],
        ['answer', sent],
        ['head', begun],
        ['body', body]
      ])
    },
    retries: () =>
      new Map([
        ['stale_connection', stats().retries],
        ['other_endpoint', sender.retries()]
      ]),
    heldBytes: () => stats().heldBytes,
    noRoom: () => stats().noRoom,
    canceled: () => stats().canceled,
    idleClosed: () => stats().idleClosed
  }
}
