import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cachedFolder } from './cache.ts'
import { mavenRecipe } from './maven.ts'
import { startProcess, waitUntilReady } from './process.ts'

/** A running ZooKeeper server. */
export interface Zookeeper {
  /** `127.0.0.1:port`; the same port after `down` and `up`. */
  readonly address: string
  /**
   * One of `sessions`, `expire all`, `expire 0x…`, `drop` (all connections), `tree [path]` (one line a node:
   * `path E0x<owner> = data`), `down`, `up`, `restart [ms]`; gives the answer's text. Commands are carried out one after the other.
   */
  control(command: string): Promise<string>
  /** Sent to the server's process: SIGSTOP freezes it, with its port open, until SIGCONT. */
  signal(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

const CONFIGURATION = join(import.meta.dirname, '../../deploy/zookeeper/zoo.cfg')

/**
 * Starts a real ZooKeeper 3.9.4 on a free port of the loopback interface, with an empty tree and the configuration of deploy/zookeeper
 * (sessions of 2 to 60 s).
 */
export async function startZookeeper(): Promise<Zookeeper> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-zookeeper-'))
  const configuration = join(folder, 'zoo.cfg')
  writeFileSync(configuration, `${readFileSync(CONFIGURATION, 'utf8')}dataDir=${folder}\n`)
  let port: string | undefined
  let answer: string[] = []
  const waiting: ((text: string) => void)[] = []
  const peer = startProcess({
    name: 'zookeeper',
    command: 'java',
    args: [
      ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'],
      ...['-cp', join(cachedFolder(mavenRecipe('zookeeper')), 'lib', '*'), 'com.example.peers.ZooKeeperPeer'],
      configuration
    ],
    endsWithInput: true,
    onLine: (line) => {
      if (port === undefined) port = /^READY (\d+)$/.exec(line)?.[1]
      else if (line === '.') waiting.shift()?.(answer.splice(0).join(''))
      else answer.push(`${line}\n`)
    }
  })
  const stop = async (): Promise<void> => {
    await peer.stop()
    answer = []
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(peer, 'zookeeper', () => port)
  } catch (error) {
    await stop()
    throw error
  }
  void peer.ended.then(() => {
    for (const resolve of waiting.splice(0)) resolve('error the server has ended\n')
  })
  const ask = (command: string): Promise<string> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      peer.write(`${command}\n`)
    })
  return {
    address: `127.0.0.1:${port}`,
    async control(command) {
      let text = await ask(command)
      // A node that went while the tree was walked, as nodes of a session that expires do.
      while (command.startsWith('tree') && text.includes('NoNodeException')) text = await ask(command)
      if (text.startsWith('error ')) throw new Error(`zookeeper: "${command}" answered: ${text}`)
      return text
    },
    signal: (signal) => void process.kill(peer.pid, signal),
    stop
  }
}
