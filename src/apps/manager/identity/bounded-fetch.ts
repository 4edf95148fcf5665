import type { CustomFetch } from 'openid-client'

/** Discovery documents, keys and answers of token endpoints are a few KiB. */
const MAX_BYTES = 1024 * 1024
/** Of these, `Response` takes no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * As `fetch`, with an answer that is there as a whole and has at most 1 MiB when it is unpacked; rejects, and reads no
 * further, where there is more. `signal` counts for the body as well.
 */
export const boundedFetch: CustomFetch = async (url, { body: sent, signal, ...options }) => {
  const init = { ...options, body: sent ?? null, signal: signal ?? null }
  const { status, statusText, headers, body } = await fetch(url, init)
  const chunks: Uint8Array[] = []
  let size = 0
  // To leave the loop early cancels the stream, and with it the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`${url}: found an answer of more than 1 MiB`)
    chunks.push(chunk)
  }
  return new Response(WITHOUT_BODY.has(status) ? null : Buffer.concat(chunks), { status, statusText, headers })
}
