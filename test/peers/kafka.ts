import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { cachedFolder } from './cache.ts'
import { mavenRecipe } from './maven.ts'
import { onFreePorts } from './ports.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'
import { run } from './run.ts'

/** A running Kafka broker. */
export interface Kafka {
  /** `127.0.0.1:port` */
  readonly address: string
  stop(): Promise<void>
}

const CONFIGURATION = join(import.meta.dirname, '../../deploy/kafka/server.properties')
/** Any fixed 22-character base64 UUID. */
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'
const LOG = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'

/** Starts a real Kafka 4.2.1 with an empty store, on free ports of the loopback interface. Topics are not made by themselves. */
export function startKafka(): Promise<Kafka> {
  return onFreePorts(2, startOn)
}

async function startOn([port, controllerPort]: readonly number[]): Promise<Kafka> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-kafka-'))
  const configuration = join(folder, 'server.properties')
  const address = `127.0.0.1:${port}`
  writeFileSync(
    configuration,
    [
      readFileSync(CONFIGURATION, 'utf8'),
      `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
      `listeners=PLAINTEXT://${address},CONTROLLER://127.0.0.1:${controllerPort}`,
      `advertised.listeners=PLAINTEXT://${address}`,
      `log.dirs=${join(folder, 'data')}\n`
    ].join('\n')
  )
  const classPath = ['-cp', join(cachedFolder(mavenRecipe('kafka')), 'lib', '*')]
  let peer: PeerProcess | undefined
  const stop = async (): Promise<void> => {
    await peer?.stop(5000)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', configuration]
    const told: string[] = []
    await run('java', ['-XX:TieredStopAtLevel=1', LOG, ...classPath, ...format], (line) => told.push(line)).catch(
      (error: Error) => {
        throw new Error(`kafka: format failed: ${error.message}\n${told.join('\n')}`)
      }
    )
    peer = startProcess({
      name: 'kafka',
      command: 'java',
      args: ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', LOG, ...classPath, 'kafka.Kafka', configuration]
    })
    await waitUntilReady(peer, 'kafka', () => answers(address))
    return { address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** True when the broker is registered and answers; an open port alone comes earlier than that. */
async function answers(address: string): Promise<true | undefined> {
  const admin = new Admin({ clientId: 'abox-ready', bootstrapBrokers: [address], retries: 0, connectTimeout: 1000 })
  admin.on('error', () => {})
  try {
    await admin.listTopics()
    return true
  } catch {
    return undefined
  } finally {
    await admin.close().catch(() => {})
  }
}
