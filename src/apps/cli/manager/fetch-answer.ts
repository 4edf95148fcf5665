/** An answer that has been read to its end. */
export interface FetchedAnswer {
  readonly response: Pick<Response, 'ok' | 'status'> & {
    readonly headers: Pick<Headers, 'get' | 'getSetCookie'>
  }
  readonly text: string
}

/** Node's own `fetch` gives up then, whatever it is told, where no head has come, ms. */
const MOST_OF_NODE_MS = 300_000

/** Rejects as `fetch`, also where the whole answer is not there in time. */
export async function fetchAnswer(url: URL, init: RequestInit, timeoutMs: number): Promise<FetchedAnswer> {
  const timed = { ...init, signal: AbortSignal.timeout(timeoutMs) }
  if (timeoutMs < MOST_OF_NODE_MS) {
    const response = await fetch(url, timed)
    return { response, text: await response.text() }
  }
  // Read where it is needed: it makes every command start later.
  const undici = await import('undici')
  const dispatcher = new undici.Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  try {
    const response = await undici.fetch(url, { ...(timed as object), dispatcher })
    return { response, text: await response.text() }
  } finally {
    await dispatcher.destroy()
  }
}
