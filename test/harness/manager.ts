import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeManager, type Manager, type ManagerOptions } from '../../src/apps/manager/compose.ts'
import { resolveManagerConfig } from '../../src/apps/manager/config.ts'
import type { Clock } from '../../src/core/clock.ts'
import { type Logger, silentLogger } from '../../src/core/logger.ts'

/** What stands in answers; a test reads what its answer has. */
export interface AnswerBody {
  readonly code: string
  readonly detail: string
  readonly status: number
  readonly instance: string
  readonly generation: number
  readonly split: object
  readonly difference: readonly { readonly path: string }[]
  readonly items: readonly AnswerBody[]
  readonly changedAt: unknown
  readonly next: string
  readonly name: string
  readonly id: string
  readonly key: string
  readonly action: string
  readonly deleted: boolean
  readonly businessGroup: string
  readonly csrf: string
  readonly token: string
  readonly revokedAt: number
  readonly grants: readonly object[]
  readonly openapi: string
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** An answer of the API. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON; of another answer only the text is there. */
  readonly body: AnswerBody
  readonly text: string
}

export interface Ask {
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of the document that is to be changed; `absent`: there is none. */
  readonly seen?: number | 'absent'
  /** `a test` unless given. */
  readonly reason?: string
}

/** Somebody who calls the API. */
export interface Client {
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>
}

export interface RunningManager {
  readonly manager: Manager
  /** Without credentials. */
  readonly nobody: Client
  /** The first user, an admin of the platform, by his session. */
  readonly root: Client
  /** Logs in. */
  logIn(user: string, password?: string): Promise<Client>
  /** Makes a user and logs him in. */
  addUser(name: string): Promise<Client>
  close(): Promise<void>
}

export const PASSWORD = 'correct horse battery'

/** Starts a manager on a free port with the database of `url`, or with a file of its own, and sets it up. */
export async function startManager(
  options: {
    readonly clock?: Clock
    readonly log?: Logger
    readonly raw?: object
    readonly url?: string
    readonly lookup?: LookupFunction
    readonly arrivesWithinMs?: number
    readonly embedded?: ManagerOptions['embedded']
  } = {}
): Promise<RunningManager> {
  const folder = await mkdtemp(join(tmpdir(), 'abox-manager-'))
  const raw = { http: { port: 0 }, database: { url: options.url ?? 'sqlite:manager.db' }, ...options.raw }
  const config = resolveManagerConfig({ raw, source: 'test', folder })
  const { log = silentLogger, clock, lookup, arrivesWithinMs, embedded } = options
  const manager = await composeManager({
    config,
    log,
    ...(clock !== undefined && { clock }),
    ...(lookup !== undefined && { lookup }),
    ...(arrivesWithinMs !== undefined && { arrivesWithinMs }),
    ...(embedded !== undefined && { embedded })
  })
  const at = `http://127.0.0.1:${manager.port}`
  const nobody = clientOf(at, {})
  const logIn = (user: string, password?: string): Promise<Client> => logInAt(at, user, password)
  const root = await setUpAt(at, manager.setupToken)
  return {
    manager,
    nobody,
    root,
    logIn,
    async addUser(name) {
      const made = await root.ask('POST', '/api/v1/users', { body: { name, password: PASSWORD } })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      return logIn(name)
    },
    async close() {
      await manager.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Makes the first user, an admin of the platform, and logs him in. `at`: origin of the manager, here and below. */
export async function setUpAt(at: string, setupToken: string | undefined): Promise<Client> {
  const body = { token: setupToken, user: 'root', password: PASSWORD }
  assert.equal((await clientOf(at, {}).ask('POST', '/api/v1/setup', { body })).status, 201)
  return logInAt(at, 'root')
}

async function logInAt(at: string, user: string, password = PASSWORD): Promise<Client> {
  const answer = await clientOf(at, {}).ask('POST', '/api/v1/session', { body: { user, password } })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return clientOf(at, { cookie, 'x-abox-csrf': answer.body.csrf })
}

/** Somebody who sends these headers with each request. */
export function clientOf(at: string, own: Readonly<Record<string, string>>): Client {
  return {
    headers: own,
    async ask(method, path, { body, headers, seen, reason = 'a test' } = {}) {
      const response = await fetch(at + path, {
        method,
        redirect: 'manual',
        headers: {
          ...own,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(method !== 'GET' && { 'x-abox-reason': encodeURIComponent(reason) }),
          ...(typeof seen === 'number' && { 'if-match': `"${seen}"` }),
          ...(seen === 'absent' && { 'if-none-match': '*' }),
          ...headers
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
      const parsed = (isJson ? JSON.parse(text) : {}) as AnswerBody
      return { status: response.status, headers: response.headers, body: parsed, text }
    }
  }
}

/** A client with a token of `owner` that may do all that he may, or less. */
export async function tokenOf(
  owner: Client,
  at: string,
  scope: object = {}
): Promise<Client & { readonly id: string }> {
  const body = { title: 'test', role: 'admin', businessGroup: '*', environment: '*', days: 1, ...scope }
  const made = await owner.ask('POST', '/api/v1/tokens', { body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { ...clientOf(at, { authorization: `Bearer ${made.body.token}` }), id: made.body.id }
}

/** Makes documents in order; all of them have to be new. */
export async function putAll(client: Client, documents: Readonly<Record<string, object>>): Promise<void> {
  for (const [path, body] of Object.entries(documents)) {
    const answer = await client.ask('PUT', `/api/v1/${path}`, { body, seen: 'absent' })
    assert.equal(answer.status, 201, `${path}: ${JSON.stringify(answer.body)}`)
  }
}

/** Two environments, a cluster in each, and groups named `rank` and `fraud` with these members. */
export function landscape(members: Readonly<Record<'rank' | 'fraud', readonly object[]>>): Record<string, object> {
  const publish = { kind: 'embedded' }
  return {
    'environments/qa': { kind: 'Environment', name: 'qa', publish },
    'environments/prod': { kind: 'Environment', name: 'prod', publish },
    'environments/qa/clusters/legacy': { kind: 'Cluster', name: 'legacy', type: 'legacy' },
    'environments/prod/clusters/legacy': { kind: 'Cluster', name: 'legacy', type: 'legacy' },
    'groups/rank': { kind: 'BusinessGroup', name: 'rank', members: members.rank },
    'groups/fraud': { kind: 'BusinessGroup', name: 'fraud', members: members.fraud }
  }
}

/** A model of two variants in the cluster of `landscape`. */
export function modelDocument(name: string, businessGroup: string): Record<string, unknown> {
  const variant = { cluster: 'legacy', protocol: 'tensorflow', path: `/v1/models/${name}:predict` }
  return {
    kind: 'Model',
    name,
    businessGroup,
    variants: [
      { ...variant, name: 'old', endpoints: ['http://10.0.0.1:8501'] },
      { ...variant, name: 'new', endpoints: ['http://10.0.0.2:8501'] }
    ],
    split: { weights: { old: 1_000_000, new: 0 } }
  }
}
