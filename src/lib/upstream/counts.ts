import type { Phase } from './failure.ts'

/** What one client has done since its creation; every exchange counts here. */
export class Counts {
  requests = 0
  retries = 0
  sentBytes = 0
  receivedBytes = 0
  busy = 0
  requestTooLarge = 0
  noRoom = 0
  canceled = 0
  idleClosed = 0
  readonly timeouts: Record<Phase, number> = { waiting: 0, sent: 0, begun: 0, body: 0 }
}
