import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findProgram, type Peer } from './peer.ts'
import { onFreePorts } from './ports.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'
import { run } from './run.ts'

/** A running PostgreSQL with no databases of ours. */
export interface Postgres {
  /** Makes an empty database; gives its URL. */
  createDatabase(): Promise<string>
  /** One statement, as the superuser in the database `postgres`. */
  query(statement: string): Promise<void>
  /** To the server and all that it runs: SIGSTOP freezes them, with the port open, until SIGCONT. */
  signal(signal: NodeJS.Signals): void
  /** Ends it as a power failure does. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data, after `kill`. */
  start(): Promise<void>
  stop(): Promise<void>
}

const DEBIAN = '/usr/lib/postgresql'
const USER = 'abox'

/** PostgreSQL refuses to run as root. */
const AS_OTHER =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'] : []

/** Debian keeps each version in a folder of its own, and not on PATH. */
function program(name: string): string | undefined {
  return findProgram(name) ?? findProgram(name, debianFolders())
}

function debianFolders(): string[] {
  try {
    const versions = readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one))
    return versions.map((version) => join(DEBIAN, version, 'bin'))
  } catch {
    return []
  }
}

/** Debian's postgresql; any other from 15 on does as well. */
export const postgresPeer: Peer = {
  absent: () =>
    program('postgres') === undefined || program('initdb') === undefined
      ? 'no postgres; npm run peers, or install it by hand'
      : undefined,
  install: async (log) => {
    if (postgresPeer.absent() === undefined) return log(`already there: ${program('postgres')}`)
    if (findProgram('apt-get') === undefined || process.getuid?.() !== 0) {
      throw new Error('no postgres, and only root can install it by apt-get: install PostgreSQL by hand')
    }
    await run('apt-get', ['update', '-qq'], log)
    const options = ['-qq', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0']
    await run('apt-get', ['install', ...options, 'postgresql'], log, {
      DEBIAN_FRONTEND: 'noninteractive',
      // Installing must not start a server on port 5432 of this machine.
      RUNLEVEL: '1'
    })
  }
}

/**
 * Starts an empty server on a free port of 127.0.0.1. It sorts text as English people do, which SQLite does not, so that
 * nobody relies on it. `safe`: what is committed outlives `kill`; it costs time. `within`: the folder of its data, the system's
 * for temporary files unless given.
 */
export const startPostgres = ({ safe = false, within = tmpdir() } = {}): Promise<Postgres> =>
  onFreePorts(1, ([port = 0]) => startOn(port, safe, within))

async function startOn(port: number, safe: boolean, within: string): Promise<Postgres> {
  const folder = mkdtempSync(join(within, 'abox-postgres-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(folder, 0o755)
  if (AS_OTHER.length > 0) chownSync(data, idOf('-u'), idOf('-g'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    initialise(data)
  } catch (error) {
    remove()
    throw error
  }
  const url = (database: string): string => `postgres://${USER}@127.0.0.1:${port}/${database}`
  const begin = async (): Promise<PeerProcess> => {
    const [command = '', ...args] = [...AS_OTHER, program('postgres') ?? 'postgres', '-D', data, '-p', String(port)]
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `fsync=${safe ? 'on' : 'off'}`]
    const all = [...args, ...settings.flatMap((setting) => ['-c', setting])]
    const started = startProcess({ name: 'postgres', command, args: all })
    try {
      await waitUntilReady(started, 'postgres', () => answers(url('postgres')))
      return started
    } catch (error) {
      await started.stop(0)
      throw error
    }
  }
  let peer = await begin().catch((error: unknown) => {
    remove()
    throw error
  })
  let made = 0
  const query = (statement: string): Promise<void> => queryOnce(url('postgres'), statement)
  return {
    query,
    createDatabase: async () => {
      const name = `abox${++made}`
      await query(`create database ${name}`)
      return url(name)
    },
    signal: (signal) => {
      for (const pid of family(postmaster(data))) process.kill(pid, signal)
    },
    kill: () => peer.stop(0),
    start: async () => {
      // The killed server is gone, but a container may keep its process number for a while.
      rmSync(join(data, 'postmaster.pid'), { force: true })
      peer = await begin()
    },
    stop: async () => {
      // SIGTERM would wait for every client; this ends them.
      if (peer.isRunning()) process.kill(postmaster(data), 'SIGINT')
      await peer.stop()
      remove()
    }
  }
}

function initialise(data: string): void {
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
  const args = ['-D', data, '-U', USER, '--auth=trust', '--no-sync', ...locale]
  const [command = '', ...rest] = [...AS_OTHER, program('initdb') ?? 'initdb', ...args]
  const done = spawnSync(command, rest, { encoding: 'utf8', cwd: '/' })
  if (done.status !== 0) throw new Error(`postgres: initdb failed\n${done.error ?? ''}${done.stdout}${done.stderr}`)
}

const idOf = (what: '-u' | '-g'): number => Number(spawnSync('id', [what, 'nobody'], { encoding: 'utf8' }).stdout)

const postmaster = (data: string): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])

/** The process and its children. */
function family(parent: number): number[] {
  const found = spawnSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' }).stdout
  return [parent, ...found.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]))]
}

async function answers(url: string): Promise<true | undefined> {
  try {
    await queryOnce(url, 'select 1')
    return true
  } catch {
    return undefined
  }
}

async function queryOnce(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end().catch(() => {})
  }
}
