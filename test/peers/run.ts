import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** Runs a program of the installation to its end; its output goes to `log` line by line. Throws when it fails. */
export function run(
  command: string,
  args: readonly string[],
  log: (line: string) => void,
  env: Readonly<Record<string, string>> = {}
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of stripVTControlCharacters(text).split('\n')) if (line.trim() !== '') log(line)
    })
  }
  child.once('error', reject)
  child.once('close', (code) => {
    if (code === 0) resolve()
    else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}`))
  })
  return promise
}
