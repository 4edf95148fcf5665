import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { type Postgres, startPostgres } from '../peers/postgres.ts'
import { describeWithPeers } from './peers.ts'

/** Makes an empty database and gives its URL, as `openDatabase` takes it. */
export type MakeDatabase = () => Promise<string>

/** The suite on SQLite: each database is a file that is gone afterwards. */
export function describeOnSqlite(name: string, suite: (make: MakeDatabase) => void): void {
  describe(`${name}: SQLite`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'abox-sqlite-'))
    let made = 0
    after(() => rmSync(folder, { recursive: true, force: true }))
    suite(async () => `sqlite:${join(folder, `${++made}.db`)}`)
  })
}

/** The suite on a PostgreSQL of its own. `safe` as `startPostgres` has it. */
export function describeOnPostgres(
  name: string,
  suite: (make: MakeDatabase, server: () => Postgres) => void,
  options: { readonly safe?: boolean } = {}
): void {
  describeWithPeers(`${name}: PostgreSQL`, ['postgres'], () => {
    let server: Postgres | undefined
    const running = (): Postgres => {
      if (server === undefined) throw new Error('the server has not been started')
      return server
    }
    before(async () => {
      server = await startPostgres(options)
    })
    after(() => server?.stop())
    suite(() => running().createDatabase(), running)
  })
}
