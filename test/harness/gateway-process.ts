import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onFreePorts } from '../peers/ports.ts'
import { until } from './until.ts'

/** `abox gateway` as an operator runs it: a process of its own, with its instances below it. */
export interface GatewayProcess {
  readonly child: ChildProcess
  readonly adminPort: number
  readonly observabilityPort: number
  /** JSON from the admin API. */
  admin(path: string): Promise<unknown>
  /** Text from the observability port. */
  observe(path: string): Promise<{ status: number; text: string }>
  /** What it has logged so far. */
  log(): string
  /** SIGTERM; resolves with the exit code. Kills after `limitMs`. */
  stop(limitMs?: number): Promise<number | null>
}

/** `fileHandles`: how many files and sockets each of its processes may have open (`ulimit -n`); POSIX only. */
export const startGatewayProcess = (
  configPath: string,
  sets: readonly string[] = [],
  fileHandles?: number
): Promise<GatewayProcess> => onFreePorts(2, (ports) => startOn(ports, configPath, sets, fileHandles))

async function startOn(
  [adminPort = 0, observabilityPort = 0]: readonly number[],
  configPath: string,
  sets: readonly string[],
  fileHandles: number | undefined
): Promise<GatewayProcess> {
  const ports = ['--set', `admin.port=${adminPort}`, '--set', `observability.port=${observabilityPort}`]
  const args = [
    'src/bin/abox.ts',
    'gateway',
    '--config',
    configPath,
    ...ports,
    ...sets.flatMap((set) => ['--set', set])
  ]
  const [command, ...before] =
    fileHandles === undefined
      ? [process.execPath]
      : ['sh', '-c', `ulimit -n ${fileHandles} && exec "$0" "$@"`, process.execPath]
  const child = spawn(command as string, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')))
  const killer = (): void => void child.kill('SIGKILL')
  process.once('exit', killer)
  const isOver = (): boolean => log.includes('gateway ready') || child.exitCode !== null
  await until('the gateway to be ready', isOver, 60_000).catch((error: Error) => {
    killer()
    throw new Error(`${error.message}\n${log}`)
  })
  if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}:\n${log}`)
  return {
    child,
    adminPort,
    observabilityPort,
    admin: async (path) => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).json(),
    async observe(path) {
      const response = await fetch(`http://127.0.0.1:${observabilityPort}${path}`)
      return { status: response.status, text: await response.text() }
    },
    log: () => log,
    async stop(limitMs = 20_000) {
      process.off('exit', killer)
      if (child.exitCode !== null) return child.exitCode
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
      await gone
      clearTimeout(timer)
      return child.exitCode
    }
  }
}
