import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Page } from '#contracts/api/page'
import type { Session } from '#contracts/api/session'
import type { CommandInput } from '#core/command'
import { AboxError, describe, type ErrorRow } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { type FetchedAnswer, fetchAnswer } from './fetch-answer.ts'
import { readProfile } from './profile.ts'

/** Longest wait for one answer, ms. */
const TIMEOUT_MS = 30_000
/** The same where the manager asks endpoints first: 20 of them, twice, 10 s each. */
export const TRIAL_TIMEOUT_MS = 600_000
/** Before a change without an answer is sent once more, ms. */
const RETRY_AFTER_MS = 500
const ROOT = '/api/v1'
const UNSEEN: ReadonlySet<string> = new Set(['ABOX_NOT_FOUND', 'ABOX_FORBIDDEN'])

export interface Answer<T> {
  readonly status: number
  readonly body: T
  /** Generation in the answer's ETag; undefined without one. */
  readonly generation: number | undefined
  /** What the manager says beside it, for people: something was not asked. */
  readonly note?: string
}

export interface ManagerRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below /api/v1, its parts encoded. */
  readonly path: string
  /** Of a list each item is sent. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  readonly body?: unknown
  /** Generation that was seen, or that there is to be none. */
  readonly expected?: number | 'absent'
  /** Of changes whose answer the manager keeps by their key: they may be sent again. */
  readonly reason?: string | undefined
  /** Longest wait for the answer, ms. */
  readonly timeoutMs?: number
}

/** How a request says who sends it: a token, or a session's cookie and what it wants with changes. */
export type ClientCredentials = string | { readonly cookie: string; readonly csrf: string }

/** Talks to one manager as one user. Rejects with the manager's own error, or ABOX_CLI_MANAGER where there is no answer. */
export class ManagerClient {
  readonly url: string
  readonly #environment: string | undefined
  readonly #credentials: ClientCredentials | undefined
  readonly #tokenFrom: string

  /** `tokenFrom`: where it stood, for the person whose token is refused. */
  constructor(url: string, credentials: ClientCredentials | undefined, environment?: string, tokenFrom = '') {
    this.url = url
    this.#credentials = credentials
    this.#environment = environment
    this.#tokenFrom = tokenFrom
  }

  /** The environment that is meant. Throws ABOX_CLI_LOGIN where none was said. */
  get environment(): string {
    if (this.#environment !== undefined) return this.#environment
    throw new AboxError(cliErrors.ABOX_CLI_LOGIN, 'found no --environment, ABOX_ENVIRONMENT or default of the log-in')
  }

  async send<T>(request: ManagerRequest): Promise<Answer<T>> {
    const { response, text } = await this.#fetch(request)
    const body = parse(text)
    if (!response.ok) throw problemOf(this.url, response.status, body, this.#tokenFrom)
    const etag = /^"(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1]
    const generation = etag === undefined ? undefined : Number(etag)
    const note = response.headers.get('x-abox-note')
    return { status: response.status, body: body as T, generation, ...(note !== null && { note }) }
  }

  /** What /readyz says of itself: it asks the database, too. Rejects with ABOX_CLI_MANAGER. */
  async readiness(): Promise<string> {
    try {
      const response = await fetch(`${this.url}/readyz`, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
      await response.text()
      if (response.ok) return `${this.url} is ready`
      throw new AboxError(cliErrors.ABOX_CLI_MANAGER, `${this.url}: /readyz answered ${response.status}`)
    } catch (error) {
      throw unreached(this.url, error)
    }
  }

  /** With the cookie as it is sent back. */
  async logIn(user: string, password: string): Promise<{ body: Session; cookie: string | undefined }> {
    const { response, text } = await this.#fetch({ method: 'POST', path: '/session', body: { user, password } })
    const body = parse(text)
    if (!response.ok) throw problemOf(this.url, response.status, body)
    return { body: body as Session, cookie: response.headers.getSetCookie()[0]?.split(';')[0] }
  }

  /** The code of a hook by its digest. */
  async readCode(digest: string): Promise<{ readonly code: string; readonly language: 'js' | 'ts' }> {
    const { response, text } = await this.#fetch({ method: 'GET', path: `/bundles/${encodeURIComponent(digest)}` })
    if (!response.ok) throw problemOf(this.url, response.status, parse(text), this.#tokenFrom)
    return { code: text, language: response.headers.get('x-abox-language') === 'ts' ? 'ts' : 'js' }
  }

  /** Undefined where there is none, or none that this user may see: to him the manager says the same of both. */
  async find<T>(path: string): Promise<Answer<T> | undefined> {
    try {
      return await this.send<T>({ method: 'GET', path })
    } catch (error) {
      if (error instanceof AboxError && UNSEEN.has(error.code)) return undefined
      throw error
    }
  }

  /** What all pages of a list have. */
  async *list<T>(path: string, query: ManagerRequest['query'] = {}): AsyncIterable<T> {
    for await (const { items } of this.pages<T>(path, query)) yield* items
  }

  /** All pages of a list. */
  async *pages<T>(path: string, query: ManagerRequest['query'] = {}): AsyncIterable<Page<T>> {
    let after: string | undefined
    do {
      const page = await this.send<Page<T>>({
        method: 'GET',
        path,
        query: { limit: 500, ...query, ...(after !== undefined && { after }) }
      })
      yield page.body
      after = page.body.next
    } while (after !== undefined)
  }

  /**
   * Data of the server-sent events of a stream, until `signal`; `after`: from behind this event. Rejects as `send`, and with
   * ABOX_CLI_MANAGER where the manager ends it: `reopening` opens it again.
   */
  async *events<T>(
    path: string,
    query: NonNullable<ManagerRequest['query']>,
    signal: AbortSignal,
    after?: number
  ): AsyncIterable<T> {
    const request = this.#request({ method: 'GET', path, query })
    const headers = { ...request.init.headers, ...(after !== undefined && { 'last-event-id': String(after) }) }
    try {
      const response = await fetch(request.url, { ...request.init, headers, signal })
      if (!response.ok) throw problemOf(this.url, response.status, parse(await response.text()), this.#tokenFrom)
      const decoder = new TextDecoder()
      let text = ''
      for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        const events = (text + decoder.decode(part, { stream: true })).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          const data = /^data: ?(.*)$/m.exec(event)?.[1]
          if (data !== undefined) yield JSON.parse(data) as T
        }
      }
      throw new AboxError(cliErrors.ABOX_CLI_MANAGER, `${this.url}: the stream ended`)
    } catch (error) {
      if (!signal.aborted) throw unreached(this.url, error)
    }
  }

  /** A change without an answer may have been made: with the same key it is not made twice, and answered as it was. */
  async #fetch(request: ManagerRequest): Promise<FetchedAnswer> {
    const { url, init } = this.#request(request)
    const { method, reason, timeoutMs = TIMEOUT_MS } = request
    try {
      return await fetchAnswer(url, init, timeoutMs)
    } catch (error) {
      if (method === 'GET' || reason === undefined) throw unreached(this.url, error)
    }
    await setTimeout(RETRY_AFTER_MS)
    try {
      return await fetchAnswer(url, init, timeoutMs)
    } catch (error) {
      throw unreached(this.url, error)
    }
  }

  #request({ method, path, query = {}, body, expected, reason }: ManagerRequest): { url: URL; init: RequestInit } {
    const url = new URL(`${this.url}${ROOT}${path}`)
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue
      for (const one of [value].flat()) url.searchParams.append(name, String(one))
    }
    const headers: Record<string, string> = { accept: 'application/json' }
    const credentials = this.#credentials
    if (typeof credentials === 'string') headers['authorization'] = `Bearer ${credentials}`
    else if (credentials !== undefined)
      Object.assign(headers, { cookie: credentials.cookie, 'x-abox-csrf': credentials.csrf })
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (expected === 'absent') headers['if-none-match'] = '*'
    else if (expected !== undefined) headers['if-match'] = `"${expected}"`
    if (reason !== undefined) headers['x-abox-reason'] = encodeURIComponent(reason)
    if (method !== 'GET') headers['idempotency-key'] = randomUUID()
    const init = { method, headers, redirect: 'error' } as const
    return { url, init: body === undefined ? init : { ...init, body: JSON.stringify(body) } }
  }
}

/** As the person's log-in, environment variables and options say. Rejects with ABOX_CLI_LOGIN. */
export async function openManager(input: CommandInput): Promise<ManagerClient> {
  const { url, token, environment, tokenFrom } = await readProfile(input, input.environment ?? process.env)
  return new ManagerClient(url, token, environment, tokenFrom)
}

/** What `fetch` has thrown: what really happened is its cause. */
function unreached(url: string, error: unknown): AboxError {
  if (error instanceof AboxError) return error
  const inner: unknown = error instanceof Error ? error.cause : undefined
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  const why = describe(inner ?? error) || code
  return new AboxError(cliErrors.ABOX_CLI_MANAGER, `${url}: ${why}`, { cause: error })
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The manager's problem as the error that it was there. */
function problemOf(url: string, status: number, body: unknown, tokenFrom = ''): AboxError {
  const { code, title, detail, remedy, missing } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  if (typeof code !== 'string' || !/^ABOX_[A-Z0-9_]+$/.test(code)) {
    // A proxy that has no manager for a moment says 5xx: what else answers so stays no manager.
    const row = { ...cliErrors.ABOX_CLI_MANAGER, retryable: status === 429 || status >= 500 }
    return new AboxError(row, `${url}: answered ${status} without a problem of a manager`)
  }
  const row: ErrorRow = {
    code: code as ErrorRow['code'],
    fault: status >= 500 ? 'operator' : 'caller',
    retryable: status === 429 || status >= 502,
    text: String(title),
    remedy: String(remedy)
  }
  const whose = status === 401 && tokenFrom !== '' ? ` (the token is that of ${tokenFrom})` : ''
  return new AboxError(row, String(detail) + whose, { missing: typeof missing === 'string' ? missing : undefined })
}
