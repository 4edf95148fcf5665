import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, runAboxWith } from './abox-command.ts'
import { PASSWORD } from './manager.ts'

/** Somebody at a terminal of his own, with a log-in of his own. */
export interface CliPerson {
  /** Runs `abox …`. */
  run(...args: string[]): Promise<CommandResult>
  /** As `run`, with these lines on standard input. */
  runWith(input: string, ...args: string[]): Promise<CommandResult>
  /** As `run`, and it has to succeed; gives what it has printed. */
  ok(...args: string[]): Promise<string>
  /** As `run`, and it has to fail with this code of an error; gives what it has said on standard error. */
  refused(code: string, ...args: string[]): Promise<string>
  close(): Promise<void>
}

/** Somebody who has not logged in yet. */
export async function cliStranger(): Promise<CliPerson> {
  const folder = await mkdtemp(join(tmpdir(), 'abox-person-'))
  const environment = { XDG_CONFIG_HOME: folder, ABOX_MANAGER: '', ABOX_TOKEN: '', ABOX_ENVIRONMENT: '' }
  const run = (...args: string[]): Promise<CommandResult> => runAboxWith({ environment }, ...args)
  return {
    run,
    runWith: (input, ...args) => runAboxWith({ environment, input }, ...args),
    async ok(...args) {
      const { code, out, err } = await run(...args)
      assert.equal(code, 0, `abox ${args.join(' ')}\n${out}${err}`)
      return out
    },
    async refused(code, ...args) {
      const result = await run(...args)
      assert.notEqual(result.code, 0, `abox ${args.join(' ')}\n${result.out}`)
      assert.match(result.err, new RegExp(`${code}: `))
      return result.err
    },
    close: () => rm(folder, { recursive: true, force: true })
  }
}

/** Somebody who has logged in by `abox login`. */
export async function cliPerson(url: string, user: string, environment: string): Promise<CliPerson> {
  const person = await cliStranger()
  const { code, err } = await person.runWith(
    `${PASSWORD}\n`,
    'login',
    url,
    '--user',
    user,
    '--environment',
    environment
  )
  assert.equal(code, 0, err)
  return person
}
