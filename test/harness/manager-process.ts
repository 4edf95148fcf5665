import { join } from 'node:path'
import { startProcess, waitUntilReady } from '../peers/process.ts'

/** `abox manager` as an operator runs it: a process of its own. */
export interface ManagerProcess {
  readonly url: string
  /** The one-time token of a start that found no user. */
  setupToken(): string | undefined
  isRunning(): boolean
  /** The last 64 Ki characters of its log. */
  output(): string
  /** SIGKILL, as `kill -9`; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM. */
  stop(): Promise<void>
}

const SCRIPT = join(import.meta.dirname, '../../src/bin/abox.ts')

/** Resolves when it says that it is ready; throws with its log when it ends before that. */
export async function startManagerProcess(configPath: string): Promise<ManagerProcess> {
  let url: string | undefined
  let setupToken: string | undefined
  const peer = startProcess({
    name: 'manager',
    command: process.execPath,
    args: ['--no-node-snapshot', SCRIPT, 'manager', '--config', configPath],
    onLine: (line) => (setupToken ??= /one-time token at \S+: (\S+)$/.exec(line)?.[1]),
    onErrorLine: (line) => (url ??= readyAt(line))
  })
  try {
    await waitUntilReady(peer, 'abox manager', () => url, 60_000)
  } catch (error) {
    await peer.stop(0)
    throw error
  }
  return {
    url: url ?? '',
    setupToken: () => setupToken,
    isRunning: peer.isRunning,
    output: peer.output,
    async kill() {
      // Its whole group at once: the shell that leads it would ask the manager to end in order.
      process.kill(-peer.pid, 'SIGKILL')
      await peer.ended
    },
    stop: () => peer.stop()
  }
}

function readyAt(line: string): string | undefined {
  return line.includes('"manager ready"') ? (JSON.parse(line) as { readonly url: string }).url : undefined
}
