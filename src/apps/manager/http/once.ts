import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { Principal } from '../identity/principal.ts'
import type { Tables } from '../store/schema.ts'
import type { Api } from './api.ts'

/** An answer as it is stored beside an Idempotency-Key. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON; '' = none. */
  readonly body: string
}

/**
 * Does `work` in one `write`, in which it has been asked again who sends the request, and sends its answer. With an
 * `Idempotency-Key` the answer is stored in the same transaction, and the same request with the same key gets it again,
 * without doing anything. Rejects as `Api.confirm`, with ABOX_IDEMPOTENCY for another request, and as `work`; what was
 * refused may be sent again with its key.
 */
export async function writeOnce(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (db: Kysely<Tables>, now: number) => Promise<Answer>
): Promise<FastifyReply> {
  const { dryRun = false } = request.query as { readonly dryRun?: boolean }
  const key = dryRun ? undefined : readKey(request)
  const fingerprint = fingerprintOf(request)
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

/** What makes two requests the same: all that decides what they do. */
function fingerprintOf({ method, url, headers, body }: FastifyRequest): string {
  const parts = [method, url, headers['if-match'], headers['if-none-match'], headers['x-abox-reason'], body]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

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
      `found ${JSON.stringify(key)}, which belongs to another request`
    )
  }
  return { status: row.status, headers: JSON.parse(row.headers) as Record<string, string>, body: row.body }
}

async function storeAnswer(
  db: Kysely<Tables>,
  actor: string,
  key: string,
  request: string,
  { status, headers, body }: Answer,
  at: number
): Promise<void> {
  await db
    .insertInto('idempotency')
    .values({ actor, key, request, status, headers: JSON.stringify(headers), body, at: Math.round(at) })
    .execute()
}
