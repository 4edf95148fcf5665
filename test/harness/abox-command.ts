import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const SCRIPT = join(import.meta.dirname, '../../src/bin/abox.ts')

/** What a run of `abox` ended with. */
export interface CommandResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What a run of `abox` is given beside its arguments. */
export interface CommandGiven {
  /** Standard input; none unless given. */
  readonly input?: string
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs `abox …` as a process of its own, in the repository's folder. */
export const runAbox = (...args: string[]): Promise<CommandResult> => runAboxWith({}, ...args)

/** As `runAbox`, with what it reads beside its arguments. */
export async function runAboxWith({ input, environment }: CommandGiven, ...args: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, ['--no-node-snapshot', SCRIPT, ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(environment !== undefined && { env: { ...process.env, ...environment } })
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  // A command that fails before it reads closes its end.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}
