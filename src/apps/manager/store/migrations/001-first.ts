import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseKind } from '#lib/database'

/** All tables of schema.ts. What is written here stays as it is: later changes are later migrations. */
export function firstMigration(kind: DatabaseKind): Migration {
  return {
    // biome-ignore lint/suspicious/noExplicitAny: a migration knows tables that have no types yet.
    async up(db: Kysely<any>) {
      const text = textOf(kind)
      await createDocuments(db, text)
      await createAudit(db, kind, text)
      await createIdentity(db, text)
      await createRest(db, text)
      await forbidChanges(db, kind, 'revisions', ['scope', 'kind', 'key', 'generation'])
      await forbidChanges(db, kind, 'audit', ['seq'])
    }
  }
}

type Text = 'text' | RawBuilder<unknown>

/** Compared and sorted by its bytes, as SQLite does anyway: pages and indexes do not depend on the language of a server. */
const textOf = (kind: DatabaseKind): Text => (kind === 'sqlite' ? 'text' : sql`text collate "C"`)

async function createDocuments(db: Kysely<unknown>, text: Text): Promise<void> {
  await db.schema
    .createTable('documents')
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('business_group', text, (c) => c.notNull())
    .addColumn('body', text, (c) => c.notNull())
    .addColumn('deleted', 'integer', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_by', text, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('documents_key', ['scope', 'kind', 'key'])
    .execute()
  await db.schema
    .createTable('revisions')
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('body', text, (c) => c.notNull())
    .addColumn('deleted', 'integer', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_by', text, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('revisions_key', ['scope', 'kind', 'key', 'generation'])
    .execute()
  await db.schema
    .createTable('relations')
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('to_scope', text, (c) => c.notNull())
    .addColumn('to_kind', text, (c) => c.notNull())
    .addColumn('to_key', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('relations_key', ['scope', 'kind', 'key', 'to_scope', 'to_kind', 'to_key'])
    .execute()
  await db.schema.createIndex('relations_to').on('relations').columns(['to_scope', 'to_kind', 'to_key']).execute()
}

async function createAudit(db: Kysely<unknown>, kind: DatabaseKind, text: Text): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('seq', kind === 'postgres' ? 'bigserial' : 'integer', (c) =>
      kind === 'postgres' ? c.primaryKey() : c.primaryKey().autoIncrement()
    )
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', text, (c) => c.notNull())
    .addColumn('actor_by', text, (c) => c.notNull())
    .addColumn('address', text, (c) => c.notNull())
    .addColumn('action', text, (c) => c.notNull())
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('business_group', text, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addColumn('difference', text, (c) => c.notNull())
    .addColumn('request', text, (c) => c.notNull())
    .execute()
  for (const [name, columns] of AUDIT_INDEXES) {
    await db.schema
      .createIndex(name)
      .on('audit')
      .columns([...columns])
      .execute()
  }
}

/**
 * One for each filter, and for what `abox audit` asks together. SQLite knows nothing of how often a value is there: of those
 * with as many columns of a question it takes the last, so those that divide best stand behind the others.
 */
const AUDIT_INDEXES = [
  ['audit_kind', ['kind', 'seq']],
  ['audit_action', ['action', 'seq']],
  ['audit_scope', ['scope', 'seq']],
  ['audit_key', ['key', 'seq']],
  ['audit_actor', ['actor', 'seq']],
  ['audit_group', ['business_group', 'seq']],
  ['audit_scope_kind', ['scope', 'kind', 'seq']],
  ['audit_actor_scope', ['actor', 'scope', 'seq']],
  ['audit_actor_kind', ['actor', 'kind', 'seq']],
  ['audit_document', ['kind', 'key', 'seq']]
] as const

async function createIdentity(db: Kysely<unknown>, text: Text): Promise<void> {
  await db.schema
    .createTable('members')
    .addColumn('business_group', text, (c) => c.notNull())
    .addColumn('user_name', text, (c) => c.notNull())
    .addColumn('role', text, (c) => c.notNull())
    .addColumn('environment', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('members_key', ['user_name', 'business_group', 'role', 'environment'])
    .execute()
  await db.schema
    .createTable('users')
    .addColumn('name', text, (c) => c.primaryKey())
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('password', text, (c) => c.notNull())
    .addColumn('oidc', text, (c) => c.notNull())
    .addColumn('disabled', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('users_oidc')
    .unique()
    .on('users')
    .column('oidc')
    .where(sql.ref('oidc'), '<>', '')
    .execute()
  await db.schema
    .createTable('tokens')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('user_name', text, (c) => c.notNull())
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('hash', text, (c) => c.notNull().unique())
    .addColumn('role', text, (c) => c.notNull())
    .addColumn('business_group', text, (c) => c.notNull())
    .addColumn('environment', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('sessions')
    .addColumn('hash', text, (c) => c.primaryKey())
    .addColumn('user_name', text, (c) => c.notNull())
    .addColumn('csrf', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('setup')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('hash', text, (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .execute()
}

async function createRest(db: Kysely<unknown>, text: Text): Promise<void> {
  await db.schema
    .createTable('idempotency')
    .addColumn('actor', text, (c) => c.notNull())
    .addColumn('key', text, (c) => c.notNull())
    .addColumn('request', text, (c) => c.notNull())
    .addColumn('status', 'integer', (c) => c.notNull())
    .addColumn('headers', text, (c) => c.notNull())
    .addColumn('body', text, (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotency_key', ['actor', 'key'])
    .execute()
  await db.schema.createIndex('idempotency_at').on('idempotency').column('at').execute()
  await db.schema
    .createTable('bundles')
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('business_group', text, (c) => c.notNull())
    .addColumn('language', text, (c) => c.notNull())
    .addColumn('code', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('bundles_key', ['digest', 'business_group'])
    .execute()
  await db.schema
    .createTable('server_orders')
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('server', text, (c) => c.notNull())
    .addColumn('offline', 'integer', (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('changed_by', text, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('server_orders_key', ['scope', 'server'])
    .execute()
}

/** What was written about the past stays written, whoever is at the keyboard of the manager. `columns`: of its key. */
async function forbidChanges(
  db: Kysely<unknown>,
  kind: DatabaseKind,
  table: string,
  columns: readonly string[]
): Promise<void> {
  const name = sql.raw(table)
  if (kind === 'sqlite') {
    const refuse = sql`select raise(abort, ${sql.lit(`${table} is append-only`)})`
    for (const event of ['update', 'delete']) {
      await sql`create trigger ${sql.raw(`${table}_no_${event}`)} before ${sql.raw(event)} on ${name}
        begin ${refuse}; end`.execute(db)
    }
    // `insert or replace` deletes past the trigger above where a connection has not set `recursive_triggers`.
    const isSame = sql.raw(columns.map((column) => `${column} = new.${column}`).join(' and '))
    await sql`create trigger ${sql.raw(`${table}_no_replace`)} before insert on ${name}
      when exists (select 1 from ${name} where ${isSame}) begin ${refuse}; end`.execute(db)
    return
  }
  await sql`create function ${sql.raw(`${table}_append_only`)}() returns trigger language plpgsql as ${sql.lit(
    `begin raise exception '${table} is append-only'; end`
  )}`.execute(db)
  await sql`create trigger ${sql.raw(`${table}_append_only`)} before update or delete or truncate on ${name}
    for each statement execute function ${sql.raw(`${table}_append_only`)}()`.execute(db)
}
