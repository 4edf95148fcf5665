import type { Logger } from '#core/logger'
import { type Database, openDatabase } from '#lib/database'
import { firstMigration } from './migrations/001-first.ts'
import type { Tables } from './schema.ts'

export type Store = Database<Tables>

export interface StoreOptions {
  /** As `openDatabase` takes it. */
  readonly url: string
  readonly password?: string | undefined
  readonly log: Logger
}

/** The manager's database, with all tables. Throws as `openDatabase`. */
export function openStore(options: StoreOptions): Promise<Store> {
  return openDatabase<Tables>({ ...options, migrations: { '001-first': firstMigration } })
}
