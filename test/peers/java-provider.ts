import { type DubboVersion, startDubboProgram } from './java.ts'
import { freePort } from './ports.ts'

/** A running Java provider of RankService that answers as the checked calls of the consumer demand. */
export interface JavaProvider {
  readonly port: number
  stop(): Promise<void>
}

/** Starts one, registered in the ZooKeeper at `registry` or in none. It listens on all addresses, as Dubbo does. */
export async function startProvider(options: {
  readonly dubbo: DubboVersion
  readonly registry?: string
}): Promise<JavaProvider> {
  const port = await freePort()
  const program = await startDubboProgram(
    options.dubbo,
    'ProviderPeer',
    { application: 'java-provider', port, ...options },
    () => undefined
  )
  return { port, stop: () => program.stop() }
}
