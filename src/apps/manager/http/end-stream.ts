import type { ServerResponse } from 'node:http'

/** Ends an answer; its connection is cut where the reader does not take the rest of it within `withinMs`. */
export function endStream(response: ServerResponse, withinMs: number): void {
  if (response.writableEnded || response.closed) return
  response.end()
  const cut = setTimeout(() => response.destroy(), withinMs)
  response.on('close', () => clearTimeout(cut))
}
