import { readFile } from 'node:fs/promises'
import { describe } from '#core/errors'

/** An answer of a manager, read whole. */
export interface ManagerAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One manager, as this gateway's token lets it be asked. */
export interface ManagerClient {
  readonly url: string
  /** `path` begins with /api/v1. Rejects where there is no answer in time, a redirect, or more than `maxBytes`. */
  get(path: string, maxBytes: number): Promise<ManagerAnswer>
  post(path: string, json: string): Promise<ManagerAnswer>
}

export interface ManagerClientOptions {
  /** Origin of the manager. */
  readonly url: string
  /** Read for each request, so that a new token needs no restart. */
  readonly tokenFile: string
  /** Of one request with its answer, ms. */
  readonly timeoutMs: number
}

/** More than a problem of the manager is long. */
const ANSWER_BYTES = 64 * 1024

export function createManagerClient({ url, tokenFile, timeoutMs }: ManagerClientOptions): ManagerClient {
  const ask = async (path: string, maxBytes: number, init: RequestInit): Promise<ManagerAnswer> => {
    const token = await readToken(tokenFile)
    try {
      const response = await fetch(url + path, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
        // A redirect would carry the token to somebody else.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs)
      })
      return { status: response.status, headers: response.headers, text: await readText(response, maxBytes) }
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? describe(error.cause) : describe(error)
      throw new Error(`${url}: ${cause}`, { cause: error })
    }
  }
  return {
    url,
    get: (path, maxBytes) => ask(path, maxBytes, { method: 'GET' }),
    post: (path, json) =>
      ask(path, ANSWER_BYTES, { method: 'POST', body: json, headers: { 'content-type': 'application/json' } })
  }
}

/** What a header can hold: `fetch` says the value of one that it cannot send, and errors are logged. */
const TOKEN = /^[\x21-\x7e]+$/

/** Rejects without a word of what is in the file. */
async function readToken(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8')).trim()
  if (TOKEN.test(token)) return token
  throw new Error(`${file}: found something else than one token in one line (not shown)`)
}

/** A fatal decoder: bytes that are no UTF-8 would become another text than the one that was named. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > maxBytes) throw new Error(`found more than ${maxBytes} bytes in the answer`)
    parts.push(part)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
}
