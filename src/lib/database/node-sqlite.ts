import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { nulRefused } from './failures.ts'

/** How long a write waits for another process that holds the file, ms. */
export const BUSY_MS = 5000
/** How long SQLite itself waits for it, ms; meanwhile nothing else runs in this process. */
const BLOCKED_MS = 5

/**
 * Node's own SQLite in the shape that Kysely's dialect wants. `synchronous = full`: what was answered as written is
 * there after a power failure too. `file` may be `:memory:`.
 */
export function openNodeSqlite(file: string): SqliteDatabase {
  // The first that opens a file changes it for good, and those that come meanwhile wait as long as a write may.
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_MS })
  try {
    database.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = ${BLOCKED_MS}`)
    // Without it `insert or replace` deletes rows past their triggers.
    database.exec('pragma recursive_triggers = on')
  } catch (error) {
    database.close()
    throw error
  }
  return {
    prepare: (sql) => new Statement(database.prepare(sql)),
    close: () => database.close()
  }
}

function checked(parameters: readonly unknown[]): SQLInputValue[] {
  for (const parameter of parameters) {
    if (typeof parameter === 'string' && parameter.includes('\0')) throw nulRefused()
  }
  return parameters as SQLInputValue[]
}

class Statement implements SqliteStatement {
  /** It gives rows. */
  readonly reader: boolean
  readonly #inner: StatementSync

  constructor(inner: StatementSync) {
    this.#inner = inner
    this.reader = inner.columns().length > 0
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#inner.all(...checked(parameters))
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#inner.run(...checked(parameters))
  }

  *iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    yield* this.#inner.iterate(...checked(parameters))
  }
}
