import type { Generated } from 'kysely'

/**
 * The tables. Times are wall clock, ms. `scope` is the name of an environment, or '' for what belongs to none. Flags are
 * 0 and 1, documents are JSON text: both databases have these in common.
 */
export interface Tables {
  documents: DocumentRow
  revisions: RevisionRow
  relations: RelationRow
  members: MemberRow
  audit: AuditRow
  users: UserRow
  tokens: TokenRow
  sessions: SessionRow
  setup: SetupRow
  idempotency: IdempotencyRow
  bundles: BundleRow
  server_orders: ServerOrderRow
}

/** What a document says now; a deleted one stays as a tombstone, so that its generations go on. */
export interface DocumentRow {
  scope: string
  kind: string
  key: string
  generation: number
  /** '' = that of the platform. */
  business_group: string
  body: string
  deleted: number
  changed_at: number
  changed_by: string
  reason: string
}

/** Every generation of every document. Never changed, never deleted: triggers see to it. */
export interface RevisionRow {
  scope: string
  kind: string
  key: string
  generation: number
  body: string
  deleted: number
  changed_at: number
  changed_by: string
  reason: string
}

/** Which documents name which: by it a deletion finds who still needs the document. */
export interface RelationRow {
  scope: string
  kind: string
  key: string
  to_scope: string
  to_kind: string
  to_key: string
}

/** The members of BusinessGroup documents, one row per user, role and environment ('*' = all). */
export interface MemberRow {
  business_group: string
  user_name: string
  role: string
  environment: string
}

/** Who did what. Never changed, never deleted: triggers see to it. `seq` grows in the order of commits. */
export interface AuditRow {
  seq: Generated<number>
  at: number
  /** Name of a user, or `abox` for what the manager did by itself. */
  actor: string
  /** How he was known: session, token `<id>`, setup, manager. */
  actor_by: string
  /** Address that the request came from; '' for the manager itself. */
  address: string
  /** What was done: `create`, `change`, `delete`, `log-in`, … */
  action: string
  scope: string
  kind: string
  key: string
  /** Of the document after it; 0 where there is none. */
  generation: number
  business_group: string
  reason: string
  /** JSON list of `{path, before, after}`. */
  difference: string
  request: string
}

export interface UserRow {
  name: string
  title: string
  /** Hash of the password; '' = cannot log in by one. */
  password: string
  /** `issuer subject` of the identity provider; '' = none. */
  oidc: string
  disabled: number
  created_at: number
  changed_at: number
}

export interface TokenRow {
  id: string
  user_name: string
  title: string
  /** SHA-256 of the secret part, hex. */
  hash: string
  /** The most that it may do, whatever its owner may. */
  role: string
  /** '*' = all. */
  business_group: string
  environment: string
  created_at: number
  expires_at: number
  /** 0 = never. */
  used_at: number
  /** 0 = not. */
  revoked_at: number
}

export interface SessionRow {
  /** SHA-256 of the cookie, hex. */
  hash: string
  user_name: string
  /** What a page must send in a header with every change. */
  csrf: string
  created_at: number
  used_at: number
  expires_at: number
}

/** The hash of the one-time token that one start has printed. */
export interface SetupRow {
  id: number
  hash: string
  /** 0 = still good. */
  used_at: number
}

/** What was answered to a request with an Idempotency-Key. */
export interface IdempotencyRow {
  actor: string
  key: string
  /** SHA-256 of method, path and body, hex; where there is a password in it, a MAC by the sender's token or session. */
  request: string
  /** 409: what was answered is not shown again, and `body` is the text that a repeat is refused with. */
  status: number
  headers: string
  body: string
  at: number
}

/** Code of hooks, by digest; once per group that has uploaded it. */
export interface BundleRow {
  digest: string
  business_group: string
  language: string
  code: string
  created_at: number
  created_by: string
}

/** Whether a gateway instance is to be in the registry, by its id. Without a row it is. */
export interface ServerOrderRow {
  scope: string
  server: string
  offline: number
  generation: number
  at: number
  changed_by: string
  reason: string
}
