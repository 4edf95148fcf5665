import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cachedFolder } from './cache.ts'
import { mavenRecipe } from './maven.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'

/** Dubbo 2.7.23 or 3.3.6. */
export type DubboVersion = '27' | '33'

/** One line that a program prints: `ready` holds its exact Dubbo version. Integers beyond 2^53 are bigints. */
export interface ProgramReply {
  readonly ready?: string
  readonly id?: number
  readonly answer?: unknown
  readonly error?: string
}

/** A running Java program of `java/dubbo/peer`. */
export interface DubboProgram extends Pick<PeerProcess, 'ended' | 'output' | 'write'> {
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
  onReply: (reply: ProgramReply) => void
): Promise<DubboProgram> {
  // Dubbo keeps provider lists below the user's home and would find those of an earlier test there.
  const home = mkdtempSync(join(tmpdir(), 'abox-java-home-'))
  let dubboVersion: string | undefined
  const name = `${mainClass} (Dubbo ${dubbo})`
  const peer = startProcess({
    name,
    command: 'java',
    args: [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...OPENS, `-Duser.home=${home}`],
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
    return { dubboVersion: version, ended: peer.ended, output: peer.output, write: peer.write, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A line of the program as JSON, its long integers exact; undefined for anything else that it prints. */
function parseReply(line: string): ProgramReply | undefined {
  if (!line.startsWith('{')) return undefined
  const exact = (_: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? '')
      : value
  return JSON.parse(line, exact) as ProgramReply
}
