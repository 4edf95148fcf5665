import { type DubboVersion, startDubboProgram } from './java.ts'
import { onFreePorts } from './ports.ts'

/** A running Java provider of RankService that answers as the checked calls of the consumer demand. */
export interface JavaProvider {
  readonly port: number
  stop(): Promise<void>
}

export interface ProviderOptions {
  readonly dubbo: DubboVersion
  /** `host:port` of the ZooKeeper in which it registers; in none unless told. */
  readonly registry?: string
  /**
   * True: what its interfaces look like is published in the same ZooKeeper, in nodes below /dubbo/metadata. Not with 2.6, which has no such
   * thing.
   */
  readonly metadata?: boolean
  /** True: provides TypesService too, which answers as its argument, a JSON text, says. The same as `metadata` unless told. */
  readonly types?: boolean
  /** Of the JVM, such as `dubbo.provider.warmup`. */
  readonly systemProperties?: Readonly<Record<string, string>>
}

/** Starts one. It listens on all addresses, as Dubbo does. */
export const startProvider = (given: ProviderOptions): Promise<JavaProvider> =>
  onFreePorts(1, ([port = 0]) => startOn(port, given))

async function startOn(port: number, given: ProviderOptions): Promise<JavaProvider> {
  const options = { types: given.metadata === true, ...given }
  const program = await startDubboProgram(
    options.dubbo,
    'ProviderPeer',
    { application: 'java-provider', port, ...options },
    () => undefined,
    given.systemProperties
  )
  return { port, stop: () => program.stop() }
}
