import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { freeRun, onFreePorts } from '../peers/ports.ts'
import { type PeerProcess, startProcess, waitUntilReady } from '../peers/process.ts'

/** A running `abox gateway`, started as an operator starts it. */
export interface Gateway {
  /** Where the instance of an index runs now; it changes when the instance dies and is started again. */
  instance(index: number): GatewayInstance | undefined
  /** `http://host:port` of /metrics, /healthz and /readyz. */
  readonly observability: string
  /** `http://127.0.0.1:port` of the admin API. */
  readonly admin: string
  /** Writes its configuration file again, with these sections in place of those that it was started with. */
  rewrite(overrides: ConfigOverrides): void
  /** The last 64 Ki characters of its log. */
  output(): string
  /** SIGTERM, as an orchestrator sends it: entries are taken back, consumers leave, then it ends. */
  stop(): Promise<void>
}

export interface GatewayInstance {
  readonly id: string
  readonly pid: number
  readonly port: number
}

/** Parts of gateway.yaml that a test replaces, section by section. */
export type ConfigOverrides = Readonly<Record<string, unknown>>

const ROOT = join(import.meta.dirname, '../..')

/**
 * Starts `abox gateway` from deploy/compose/gateway.yaml, with the given sections in place of the file's, free ports and a state folder of its
 * own, and waits until it says that it is ready.
 */
export function startGateway(overrides: ConfigOverrides): Promise<Gateway> {
  return onFreePorts(2, async (ports) => startOn([await freeRun(4), ...ports], overrides))
}

async function startOn(ports: readonly number[], overrides: ConfigOverrides): Promise<Gateway> {
  const [dubboPort = 0, observabilityPort, adminPort] = ports
  const folder = mkdtempSync(join(tmpdir(), 'abox-gateway-'))
  const file = parse(readFileSync(join(ROOT, 'deploy/compose/gateway.yaml'), 'utf8')) as ConfigOverrides
  const config = {
    ...file,
    dubbo: { ...(file['dubbo'] as object), port: dubboPort },
    observability: { host: '127.0.0.1', port: observabilityPort },
    admin: { port: adminPort },
    state: { dir: join(folder, 'state') },
    ...overrides
  }
  const path = join(folder, 'gateway.yaml')
  writeFileSync(path, stringify(config))
  const instances = new Map<number, GatewayInstance>()
  let ready: { observability: string; admin: string } | undefined
  const peer: PeerProcess = startProcess({
    name: 'gateway',
    command: process.execPath,
    args: [join(ROOT, 'src/bin/abox.ts'), 'gateway', '--config', path],
    onErrorLine: (line) => {
      const entry = logEntry(line)
      if (entry?.msg === 'instance ready')
        instances.set(entry.index, { id: entry.id, pid: entry.pid, port: entry.port })
      else if (entry?.msg === 'instance ended; it is started again') instances.delete(entry.index)
      else if (entry?.msg === 'gateway ready') ready = { observability: entry.observability, admin: entry.admin }
    }
  })
  const stop = async (): Promise<void> => {
    await peer.stop(20_000)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { observability, admin } = await waitUntilReady(peer, 'gateway', () => ready, 60_000)
    return {
      instance: (index) => instances.get(index),
      observability: `http://${observability}`,
      admin: `http://${admin}`,
      rewrite: (others) => writeFileSync(path, stringify({ ...config, ...others })),
      output: peer.output,
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The fields of the log lines that are looked at; anything else that it prints is no entry. */
interface LogEntry {
  readonly msg: string
  readonly index: number
  readonly id: string
  readonly pid: number
  readonly port: number
  readonly observability: string
  readonly admin: string
}

function logEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as LogEntry
  } catch {
    return undefined
  }
}
