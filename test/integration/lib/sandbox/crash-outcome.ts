import { execFile } from 'node:child_process'

/** How long a child may be silent before it counts as blocked; what can be stopped is stopped after one second. */
const BLOCKED_MS = 3000

/** What became of a process that calls a hook with this body in a sandbox: `answered CODE`, `died (…)` or `blocked`. */
export function crashOutcome(body: string): Promise<string> {
  const child = `${import.meta.dirname}/crash-child.ts`
  const options = { timeout: BLOCKED_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-node-snapshot', child, body], options, (error, stdout) => {
      if (error === null) resolve(`answered ${stdout.trim()}`)
      else if (error.killed) resolve('blocked')
      else resolve(`died (${error.signal ?? `exit code ${error.code}`})`)
    })
  })
}
