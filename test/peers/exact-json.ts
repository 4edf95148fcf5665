/** JSON whose long integers keep all their digits: they are read as bigint, and bigints are written as integers. */

/** `JSON.parse`; integers beyond 2^53 become bigints. */
export function parseExact(text: string): unknown {
  const exact = (_: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? '')
      : value
  return JSON.parse(text, exact)
}

/** `JSON.stringify`, which alone refuses bigints. */
export const writeExact = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? rawJson(inner.toString()) : inner))

const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON
