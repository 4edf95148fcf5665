import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cachedFolder } from './cache.ts'
import { parseExact } from './exact-json.ts'
import { mavenRecipe } from './maven.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'

/** The released Dubbo that a program is compiled with, by the two digits of its module below `java/dubbo`. */
export const DUBBO_VERSIONS = {
  26: '2.6.12',
  27: '2.7.23',
  30: '3.0.15',
  31: '3.1.11',
  32: '3.2.19',
  33: '3.3.6'
} as const

export type DubboVersion = `${keyof typeof DUBBO_VERSIONS}`

/** One line that a program prints: `ready` holds its exact Dubbo version. Integers beyond 2^53 are bigints. */
export interface ProgramReply {
  readonly ready?: string
  readonly id?: number
  readonly answer?: unknown
  readonly error?: string
}

/** A running Java program of `java/dubbo/peer`. */
export interface DubboProgram extends Pick<PeerProcess, 'ended' | 'output' | 'pid' | 'write'> {
  readonly dubboVersion: string
  stop(): Promise<void>
}

// What a service on JDK 17 opens for Dubbo's serialization of these classes.
const OPENS = ['java.lang', 'java.math', 'java.util', 'java.time', 'java.util.concurrent'].flatMap((name) => [
  '--add-opens',
  `java.base/${name}=ALL-UNNAMED`
])

/** Starts one and waits for its `ready` line. `options` becomes its one argument. ABOX_PEER_LOG=info shows Dubbo's own log in failures. */
export async function startDubboProgram(
  dubbo: DubboVersion,
  mainClass: 'ConsumerPeer' | 'ProviderPeer',
  options: object,
  onReply: (reply: ProgramReply) => void,
  systemProperties: Readonly<Record<string, string>> = {}
): Promise<DubboProgram> {
  // Dubbo keeps provider lists below the user's home and would find those of an earlier test there.
  const home = mkdtempSync(join(tmpdir(), 'abox-java-home-'))
  let dubboVersion: string | undefined
  const name = `${mainClass} (Dubbo ${dubbo})`
  const properties = Object.entries(systemProperties).map(([key, value]) => `-D${key}=${value}`)
  const peer = startProcess({
    name,
    command: 'java',
    args: [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...OPENS, `-Duser.home=${home}`, ...properties],
      ...['-Dzookeeper.sasl.client=false', '-Ddubbo.application.logger=slf4j'],
      `-Dorg.slf4j.simpleLogger.defaultLogLevel=${process.env['ABOX_PEER_LOG'] ?? 'error'}`,
      ...['-cp', join(cachedFolder(mavenRecipe('dubbo')), `dubbo-${dubbo}`, 'lib', '*')],
      ...[`com.example.peers.${mainClass}`, JSON.stringify(options)]
    ],
    endsWithInput: true,
    onLine: (line) => {
      const reply = parseReply(line)
      if (reply?.ready !== undefined) dubboVersion = reply.ready
      else if (reply !== undefined) onReply(reply)
    }
  })
  const stop = async (): Promise<void> => {
    await peer.stop(3000)
    rmSync(home, { recursive: true, force: true })
  }
  try {
    const version = await waitUntilReady(peer, name, () => dubboVersion)
    const { pid, ended, output, write } = peer
    return { dubboVersion: version, pid, ended, output, write, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A line of the program as JSON, its long integers exact; undefined for anything else that it prints. */
const parseReply = (line: string): ProgramReply | undefined =>
  line.startsWith('{') ? (parseExact(line) as ProgramReply) : undefined
