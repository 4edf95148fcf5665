import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LiveCalls, LiveSummary } from '../../src/contracts/live.ts'

/** A summary in which nothing happened, but for what is given. */
export const summaryOf = (more: Partial<LiveSummary> = {}): LiveSummary => ({
  v: 1,
  instance: 'gw-0',
  epoch: 1,
  seq: 0,
  at: Date.now(),
  inFlight: 0,
  connections: 0,
  offline: false,
  calls: [],
  variants: [],
  hooks: [],
  shadows: [],
  leftOut: { entries: 0, calls: 0 },
  ...more
})

/** So many calls that ended well, each of which took 1 to 2 ms. */
export const callsOf = (ok: number, more: Partial<LiveCalls> = {}): LiveCalls => ({
  service: 's.S',
  method: 'm',
  model: 'rank',
  variant: 'old',
  outcomes: { ok },
  total: [0, 0, 0, 0, ok],
  totalUs: ok * 1500,
  upstream: [],
  upstreamUs: 0,
  ...more
})

/** A server in place of a manager, whose answers a test decides; it notes what it was asked. */
export interface StandIn {
  readonly url: string
  readonly asked: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[]
  answer: (path: string) => {
    readonly status: number
    readonly headers?: Record<string, string>
    readonly body: string
  }
  close(): Promise<void>
}

export async function startStandIn(): Promise<StandIn> {
  const asked: StandIn['asked'] = []
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body })
      const { status, headers = {}, body: text } = standIn.answer(request.url ?? '')
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: () => ({ status: 200, body: '{}' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
  return standIn
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}
