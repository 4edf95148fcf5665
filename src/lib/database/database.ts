import { setTimeout as sleep } from 'node:timers/promises'
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { databaseErrors } from './errors.ts'
import { databaseFailure, isBusy } from './failures.ts'
import { BUSY_MS, openNodeSqlite } from './node-sqlite.ts'
import { openPostgres } from './postgres.ts'

export type DatabaseKind = 'sqlite' | 'postgres'

/** `Tables` maps each table's name to the type of its rows. */
export interface Database<Tables> {
  readonly kind: DatabaseKind
  /**
   * Reads, each on its own: `work` gets what it may query. Rejects with ABOX_DATABASE_AWAY where the database is to
   * blame, ABOX_DATABASE_TEXT for a text with U+0000, with what `work` threw otherwise.
   */
  read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>
  /**
   * One transaction, and the only one at that moment among all processes on this database: whatever `work` reads stays
   * true until it has written, and numbers that it draws are committed in their order. Everything or nothing is written.
   * Rejects as `read`; then nothing was written, but for a connection that broke while the commit was under way. `work`
   * uses the `db` that it gets and nothing else of this database: a `write` or `read` inside it waits for itself.
   */
  write<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>
  /** Waits for the writes that came before. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** `sqlite:<file>`, `sqlite::memory:` or `postgres://user@host:port/database`. */
  readonly url: string
  /** PostgreSQL's, where it does not stand in the URL. */
  readonly password?: string | undefined
  /** By name, in the order of their names. */
  readonly migrations: Readonly<Record<string, (kind: DatabaseKind) => Migration>>
  /** At most this many connections to PostgreSQL; 10 unless told. */
  readonly connections?: number
  /** How long a write waits for those of its own process before it, ms; 15,000 unless told. */
  readonly queueMs?: number
  readonly log: Logger
}

/** Of the advisory lock that writers take; any number that nobody else uses in this database. */
const WRITERS = 0x41_42_4f_58
const QUEUE_MS = 15_000

/** Opens it and brings its tables up to date. Throws ABOX_DATABASE_URL, _AWAY, _SCHEMA. */
export async function openDatabase<Tables>(options: DatabaseOptions): Promise<Database<Tables>> {
  const { kind, dialect } = dialectOf(options)
  const db = new Kysely<Tables>({ dialect })
  try {
    await migrate(db, kind, options.migrations)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return new KyselyDatabase(db, readerBeside(db, options), kind, options.queueMs ?? QUEUE_MS)
}

/** Kysely gives SQLite one connection, and reads would wait there for a write that waits for another process. */
function readerBeside<Tables>(db: Kysely<Tables>, options: DatabaseOptions): Kysely<Tables> {
  const isFile = options.url.startsWith('sqlite:') && options.url !== 'sqlite::memory:'
  return isFile ? new Kysely<Tables>({ dialect: dialectOf(options).dialect }) : db
}

class KyselyDatabase<Tables> implements Database<Tables> {
  readonly kind: DatabaseKind
  readonly #db: Kysely<Tables>
  /** The same one where a pool or the memory is behind it. */
  readonly #reader: Kysely<Tables>
  readonly #queueMs: number
  /** Settles with the last of the writes that wait: those of one process hold one connection together. */
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(db: Kysely<Tables>, reader: Kysely<Tables>, kind: DatabaseKind, queueMs: number) {
    this.kind = kind
    this.#db = db
    this.#reader = reader
    this.#queueMs = queueMs
  }

  async read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await work(this.#reader)
    } catch (error) {
      throw databaseFailure(error)
    }
  }

  async write<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    const { promise: late, reject: giveUp } = Promise.withResolvers<never>()
    let lateness: AboxError | undefined
    // The write before this one may be stuck for longer than anybody waits.
    const timer = setTimeout(() => {
      const text = `waited ${this.#queueMs} ms for the writes before this one`
      lateness = new AboxError(databaseErrors.ABOX_DATABASE_AWAY, text)
      giveUp(lateness)
    }, this.#queueMs)
    const turn = this.#lastWrite.then(() => {
      clearTimeout(timer)
      // Its sender was told that nothing was written.
      if (lateness !== undefined) throw lateness
      return writeAlone(this.#db, this.kind, work)
    })
    this.#lastWrite = turn.catch(() => {})
    try {
      return await Promise.race([turn, late])
    } catch (error) {
      throw databaseFailure(error)
    }
  }

  async close(): Promise<void> {
    await this.#lastWrite
    if (this.#reader !== this.#db) await this.#reader.destroy()
    await this.#db.destroy()
  }
}

/** `work` in a transaction that no other process' one runs beside. */
function writeAlone<Tables, T>(
  db: Kysely<Tables>,
  kind: DatabaseKind,
  work: (db: Kysely<Tables>) => Promise<T>
): Promise<T> {
  if (kind === 'sqlite') return db.connection().execute((connection) => writeImmediate(connection, work))
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(WRITERS)})`.execute(transaction)
    return work(transaction)
  })
}

/** Kysely's own transactions of SQLite begin as readers, which may fail when they come to write. */
async function writeImmediate<Tables, T>(
  connection: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<T>
): Promise<T> {
  await beginImmediate(connection)
  try {
    const result = await work(connection)
    await sql`commit`.execute(connection)
    return result
  } catch (error) {
    // After some failures SQLite has rolled back by itself; what went wrong first is what matters.
    await sql`rollback`.execute(connection).catch(() => {})
    throw error
  }
}

/** Waits for another process that holds the file. SQLite's own waiting would stop everything else in this one. */
async function beginImmediate<Tables>(connection: Kysely<Tables>): Promise<void> {
  const limit = performance.now() + BUSY_MS
  for (;;) {
    try {
      await sql`begin immediate`.execute(connection)
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > limit) throw error
    }
    await sleep(1 + Math.random() * 10)
  }
}

function dialectOf({ url, password, connections = 10, log }: DatabaseOptions): {
  kind: DatabaseKind
  dialect: Dialect
} {
  if (url.startsWith('sqlite:')) {
    const file = url.slice('sqlite:'.length)
    if (file === '') throw new AboxError(databaseErrors.ABOX_DATABASE_URL, `found "${url}", expected sqlite:<file>`)
    return { kind: 'sqlite', dialect: new SqliteDialect({ database: async () => openSqlite(file) }) }
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const pool = openPostgres({ url, password, connections, log })
    return { kind: 'postgres', dialect: new PostgresDialect({ pool }) }
  }
  // Not the text itself: there may be a password in it.
  throw new AboxError(
    databaseErrors.ABOX_DATABASE_URL,
    `found an address with "${url.split(':')[0]?.slice(0, 20)}:", expected sqlite:<file> or postgres://…`
  )
}

function openSqlite(file: string): ReturnType<typeof openNodeSqlite> {
  try {
    return openNodeSqlite(file)
  } catch (error) {
    throw new AboxError(databaseErrors.ABOX_DATABASE_AWAY, `${file}: ${describe(error)}`, { cause: error })
  }
}

async function migrate<Tables>(
  db: Kysely<Tables>,
  kind: DatabaseKind,
  migrations: DatabaseOptions['migrations']
): Promise<void> {
  const made = Object.fromEntries(Object.entries(migrations).map(([name, make]) => [name, make(kind)]))
  const provider = { getMigrations: async () => made }
  // Kysely locks PostgreSQL for it; of SQLite it believes that nobody else has the file.
  if (kind === 'postgres') return migrateToLatest(new Migrator({ db, provider }))
  try {
    await writeAlone(db, kind, (connection) =>
      migrateToLatest(new Migrator({ db: connection, provider, disableTransactions: true }))
    )
  } catch (error) {
    throw databaseFailure(error)
  }
}

async function migrateToLatest(migrator: Migrator): Promise<void> {
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failure = databaseFailure(error)
  if (failure instanceof AboxError) throw failure
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const text = failed === undefined ? describe(error) : `${failed}: ${describe(error)}`
  throw new AboxError(databaseErrors.ABOX_DATABASE_SCHEMA, text, { cause: error })
}
