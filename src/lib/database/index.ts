/** SQLite in a file, or PostgreSQL: tables brought up to date, reads, and one writer at a time. */
export { type Database, type DatabaseKind, type DatabaseOptions, openDatabase } from './database.ts'
export { databaseErrors } from './errors.ts'
export { troubleOf } from './failures.ts'
