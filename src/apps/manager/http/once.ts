import { createHash, createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { Principal } from '../identity/principal.ts'
import { readCookie } from '../identity/sessions.ts'
import type { Tables } from '../store/schema.ts'
import type { Api } from './api.ts'

/** An answer as it is stored beside an Idempotency-Key. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON; '' = none. */
  readonly body: string
  /**
   * Of a body that holds a secret: what a repeat is told with ABOX_SHOWN_ONCE in its place. Then the body is not stored.
   */
  readonly shownOnce?: string
}

/** Stands in the table for an answer that was shown once; its body is what a repeat is told. */
const SHOWN_ONCE = 409

/**
 * Does `work` in one `write`, in which it has been asked again who sends the request, and sends its answer. With an
 * `Idempotency-Key` the answer is stored in the same transaction, and the same request with the same key gets it again,
 * without doing anything. Rejects as `Api.confirm`, with ABOX_IDEMPOTENCY for another request, ABOX_SHOWN_ONCE, and as
 * `work`; what was refused may be sent again with its key. `hasSecret`: the request has a password in it.
 */
export async function writeOnce(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (db: Kysely<Tables>, now: number) => Promise<Answer>,
  { hasSecret = false } = {}
): Promise<FastifyReply> {
  const { dryRun = false } = request.query as { readonly dryRun?: boolean }
  const key = dryRun ? undefined : readKey(request)
  const fingerprint = key === undefined ? '' : fingerprintOf(request, hasSecret ? secretOf(api, request) : undefined)
  const { answer, replayed } = await api.store.write(async (db) => {
    const owner = ownerOf(await api.confirm(request, db))
    const now = api.clock.wallMs()
    if (key === undefined) return { answer: await work(db, now), replayed: false }
    const known = await findAnswer(db, owner, key, fingerprint)
    if (known !== undefined) return { answer: known, replayed: true }
    const answer = await work(db, now)
    await storeAnswer(db, owner, key, fingerprint, answer, now)
    return { answer, replayed: false }
  })
  if (!replayed && !dryRun) api.changes.notify()
  reply.code(answer.status).headers(answer.headers)
  if (replayed) reply.header('idempotency-replayed', 'true')
  if (answer.body === '') return reply.send()
  return reply.type('application/json; charset=utf-8').send(answer.body)
}

/**
 * The answer that the same request with this key has had, if it had one: for work that begins before its transaction.
 * Throws as `writeOnce`.
 */
export async function findReplay(api: Api, request: FastifyRequest): Promise<Answer | undefined> {
  const owner = ownerOf(api.principalOf(request))
  const key = readKey(request)
  if (key === undefined) return undefined
  return api.store.read((db) => findAnswer(db, owner, key, fingerprintOf(request)))
}

/** Whose a key is: two tokens of one user may use the same. */
const ownerOf = ({ actor }: Principal): string => `${actor.by} ${actor.name}`

/** Of the header `Idempotency-Key`; a text in quotes (a structured field) and one without are the same. */
function readKey({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key']
  if (header === undefined) return undefined
  const key = /^"?([\x21\x23-\x7e]{1,200})"?$/.exec(String(header))?.[1]
  if (key !== undefined) return key
  throw new AboxError(
    managerErrors.ABOX_REQUEST_INVALID,
    'Idempotency-Key: expected 1 to 200 visible characters, as a UUID'
  )
}

/**
 * What makes two requests the same: all that decides what they do. With `secret` nobody who has only the fingerprint can
 * find out by trying what the request said.
 */
function fingerprintOf({ method, url, headers, body }: FastifyRequest, secret?: string): string {
  const parts = [method, url, headers['if-match'], headers['if-none-match'], headers['x-abox-reason'], body]
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  return hash.update(JSON.stringify(parts)).digest('hex')
}

/** 256 random bits that the sender has and the database has not: of his token, or of his session. */
const secretOf = ({ cookie }: Api, { headers }: FastifyRequest): string =>
  headers.authorization ?? readCookie(headers.cookie, cookie.name) ?? ''

async function findAnswer(
  db: Kysely<Tables>,
  actor: string,
  key: string,
  fingerprint: string
): Promise<Answer | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('actor', '=', actor)
    .where('key', '=', key)
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.request !== fingerprint) {
    throw new AboxError(
      managerErrors.ABOX_IDEMPOTENCY,
      `found ${JSON.stringify(key)}, which belongs to another request, or with a password to another session`
    )
  }
  if (row.status === SHOWN_ONCE) throw new AboxError(managerErrors.ABOX_SHOWN_ONCE, row.body)
  return { status: row.status, headers: JSON.parse(row.headers) as Record<string, string>, body: row.body }
}

async function storeAnswer(
  db: Kysely<Tables>,
  actor: string,
  key: string,
  request: string,
  answer: Answer,
  at: number
): Promise<void> {
  const { shownOnce } = answer
  const { status, headers, body } =
    shownOnce === undefined ? answer : { status: SHOWN_ONCE, headers: {}, body: shownOnce }
  await db
    .insertInto('idempotency')
    .values({ actor, key, request, status, headers: JSON.stringify(headers), body, at: Math.round(at) })
    .execute()
}
