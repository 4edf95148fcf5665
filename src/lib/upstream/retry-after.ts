/** Longest wait that is believed: a server that asks for more will hardly be asked again by the same process. */
const MAX_MS = 24 * 60 * 60 * 1000

/**
 * Retry-After as ms from now, at most a day; undefined when it is neither of its two forms.
 *
 *   Retry-After  = delay-seconds / HTTP-date        (RFC 9110 §10.2.3)
 *   delay-seconds = 1*DIGIT
 *   HTTP-date     = "Sun, 06 Nov 1994 08:49:37 GMT"
 */
export function parseRetryAfter(text: string, wallMs: number): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, MAX_MS)
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - wallMs), MAX_MS)
}
