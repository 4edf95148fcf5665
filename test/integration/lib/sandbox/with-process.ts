import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  createSandboxProcess,
  type DeathReport,
  SANDBOX_STDIO,
  type SandboxProcess,
  type SandboxProcessOptions
} from '#lib/sandbox'

export const CHILD = `${import.meta.dirname}/process-child.ts`

/** The real child, or another program in its place. What V8 writes when it dies is not shown. */
export function startChild(...args: readonly string[]): ChildProcess {
  const [, , , channel] = SANDBOX_STDIO
  return spawn(process.execPath, ['--no-node-snapshot', ...(args.length > 0 ? args : [CHILD])], {
    stdio: ['pipe', 'ignore', 'ignore', channel]
  })
}

/** A sandbox process without chance. */
export function createTestProcess(options: Partial<SandboxProcessOptions> = {}): SandboxProcess {
  return createSandboxProcess({ start: () => startChild(), random: () => 0, ...options })
}

/** A sandbox process for one test, and the deaths of its children. */
export async function withProcess(
  test: (sandboxes: SandboxProcess, deaths: readonly DeathReport[]) => Promise<void>,
  options: Partial<SandboxProcessOptions> = {}
): Promise<void> {
  const deaths: DeathReport[] = []
  const onDeath = (report: DeathReport): void => void deaths.push(report)
  const sandboxes = createTestProcess({ onDeath, ...options })
  try {
    await test(sandboxes, deaths)
  } finally {
    await sandboxes.close()
  }
}

/** Whether a process is gone; one that nobody has asked for its end yet counts as gone. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch (error) {
    return (error as { code?: string }).code !== 'EPERM'
  }
}

export const codeOf = (error: unknown): string => (error as { code: string }).code
