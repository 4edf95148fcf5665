import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a peer's process is started. */
export interface PeerCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** True when the program itself ends at the end of its standard input. Any other program gets a watcher that ends it. */
  readonly endsWithInput?: boolean
  /** Called with each whole line of standard output. */
  readonly onLine?: (line: string) => void
  /** The same for standard error. */
  readonly onErrorLine?: (line: string) => void
}

/** A running peer. Nothing of its process group is left after `stop`, nor after this process has ended in any way. */
export interface PeerProcess {
  readonly pid: number
  /** The last 64 Ki characters that it printed, for failure messages. */
  output(): string
  write(text: string): void
  isRunning(): boolean
  /** Resolves when the started program has ended. */
  readonly ended: Promise<void>
  /** Asks for an orderly end, and kills the whole group when it takes longer than `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

/** Polls until `probe` gives something; fails at once when the process has ended. No fixed sleeps anywhere. */
export async function waitUntilReady<T>(
  peer: PeerProcess,
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 180_000
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (!peer.isRunning()) throw new Error(`${what}: the process ended before it was ready\n${peer.output()}`)
    if (performance.now() > deadline) throw new Error(`${what}: not ready after ${timeoutMs} ms\n${peer.output()}`)
    await sleep(50)
  }
}

/**
 * Runs "$@" as a child of a shell that leads the process group. The shell's standard input is a pipe from this process:
 * when this process is gone, however it died, the pipe ends and the whole group is killed.
 */
const WATCHED = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- & child=$!',
  '(read -r line <&3; kill -KILL -$$) & watcher=$!',
  'exec 3<&-',
  'trap "kill -TERM $child" TERM',
  'wait $child; code=$?',
  // The signal ends the first wait, not the child.
  'while kill -0 $child 2>/dev/null; do wait $child; code=$?; done',
  'kill -KILL $watcher; wait $watcher 2>/dev/null',
  'exit $code'
].join('\n')

const running = new Set<number>()
process.on('exit', () => {
  for (const group of running) signalGroup(group, 'SIGKILL')
})

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // Nothing of the group is left.
  }
}

/** Starts a peer in its own process group. The caller waits for readiness, by output or by a probe. */
export function startProcess(command: PeerCommand): PeerProcess {
  const [program, args] =
    command.endsWithInput === true
      ? [command.command, [...command.args]]
      : ['/bin/sh', ['-c', WATCHED, command.name, command.command, ...command.args]]
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...command.env },
    ...(command.cwd !== undefined && { cwd: command.cwd })
  })
  let output = ''
  const keep = (text: string): void => {
    output = (output + text).slice(-65_536)
  }
  readLines(child.stdout, keep, command.onLine)
  readLines(child.stderr, keep, command.onErrorLine)
  const pid = child.pid
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', (error) => {
      keep(`${command.name}: ${error.message}\n`)
      resolve()
    })
  })
  if (pid === undefined) throw new Error(`${command.name}: ${command.command} could not be started`)
  running.add(pid)
  // A peer that has died makes the next write fail with EPIPE; the caller learns it from `isRunning` and `output`.
  child.stdin.on('error', (error) => keep(`${command.name}: ${error.message}\n`))
  return {
    pid,
    output: () => output,
    write: (text) => void child.stdin.write(text),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended,
    stop: (graceMs = 10_000) => stopGroup(child, pid, ended, graceMs)
  }
}

function readLines(stream: Readable | null, keep: (text: string) => void, onLine: PeerCommand['onLine']): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    keep(text)
    if (onLine === undefined) return
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

async function stopGroup(child: ChildProcess, pid: number, ended: Promise<void>, graceMs: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    // SIGTERM goes to the leader only: a program with workers (nginx, gunicorn) is to end them itself.
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })])
  }
  // Every process of the group holds an end of the output pipes, so `ended` comes only when all of them are gone.
  signalGroup(pid, 'SIGKILL')
  await ended
  running.delete(pid)
}
