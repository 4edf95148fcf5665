import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandInput, textOption } from '#core/command'
import { AboxError, describe } from '#core/errors'
import { cliErrors } from '../errors.ts'

/** Which manager this person talks to, and as whom. */
export interface Profile {
  /** Origin of the manager. */
  readonly url: string
  readonly token: string
  /** What `--environment` is unless given. */
  readonly environment?: string | undefined
}

/** What counts now. */
export interface ReadProfile extends Profile {
  /** ABOX_TOKEN, or the file. */
  readonly tokenFrom: string
}

/** What a header can hold: `fetch` says the value of one that it cannot send. */
const TOKEN = /^[\x21-\x7e]+$/

type Environment = Readonly<Record<string, string | undefined>>

/** `$XDG_CONFIG_HOME/abox/manager.json`; a secret stands in it. */
export function profilePath(environment: Environment): string {
  const base = environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config')
  return join(base, 'abox', 'manager.json')
}

/**
 * `--manager`, else ABOX_MANAGER, else what `abox login` has written; the token from ABOX_TOKEN or there. A stored token
 * goes to the manager that gave it and to no other. Throws ABOX_CLI_LOGIN.
 */
export async function readProfile(input: CommandInput, environment: Environment): Promise<ReadProfile> {
  const path = profilePath(environment)
  const set = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name])
  const manager = textOption(input, 'manager') ?? set('ABOX_MANAGER')
  const given = set('ABOX_TOKEN')
  const stored = await readStored(path, manager === undefined || given === undefined)
  const url = originOf(manager ?? stored?.url)
  const token = given?.trim() ?? (stored?.url === url ? stored.token : undefined)
  if (token === undefined) throw login(`found no token for ${url} in ABOX_TOKEN or ${path}`)
  const tokenFrom = given === undefined ? path : 'ABOX_TOKEN'
  if (!TOKEN.test(token)) throw login(`${tokenFrom}: found something else than one token (not shown)`)
  const scope = textOption(input, 'environment') ?? set('ABOX_ENVIRONMENT') ?? stored?.environment
  return { url, token, environment: scope, tokenFrom }
}

/** Readable by its owner alone, and whole or not there. */
export async function writeProfile(path: string, profile: Profile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  try {
    await writeFile(temporary, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 })
    await chmod(temporary, 0o600)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Throws ABOX_CLI_LOGIN. */
export function originOf(text: string | undefined): string {
  if (text === undefined) throw login('found no manager in --manager, ABOX_MANAGER or a log-in')
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin
  throw login(`found the manager "${text}", expected a URL as http://127.0.0.1:8700`)
}

/** Undefined: there is none, or none that can be read and is needed. Rejects with ABOX_CLI_LOGIN. */
async function readStored(path: string, isNeeded: boolean): Promise<Profile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : describe(error)
    // A program that is given all it needs may run where it must not look into this folder.
    if (code === 'ENOENT' || !isNeeded) return undefined
    throw login(`${path}: cannot be read: ${code}`)
  }
  try {
    const { url, token, environment } = JSON.parse(text) as Partial<Profile>
    if (typeof url === 'string' && typeof token === 'string') return { url, token, environment }
  } catch {
    // What the parser says has a piece of the text in it, which may be the token.
    throw login(`${path}: found no JSON, expected what \`abox login\` writes`)
  }
  throw login(`${path}: expected the keys url and token`)
}

const login = (text: string): AboxError => new AboxError(cliErrors.ABOX_CLI_LOGIN, text)
