import { type Command, textOption, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import type { GatewayConfig } from './config.ts'
import type { GatewayInstance } from './instance.ts'
import { loadGatewayConfig } from './load-config.ts'
import type { FromInstance, ToInstance } from './messages.ts'

/** How long consumers may take to leave when an instance ends, ms. */
export const DRAIN_GRACE_MS = 10_000

/** A whole gateway as the `gateway` command runs it: supervisor, both HTTP ports. */
export interface RunningGateway {
  /** Drains and ends everything. */
  stop(): Promise<void>
  /** Resolves when it has ended for another reason than `stop`, as the admin API's drain. */
  readonly ended: Promise<void>
}

/** `abox gateway`: reads the configuration and runs until a signal. */
export function createGatewayCommand(start: (config: GatewayConfig) => Promise<RunningGateway>): Command {
  return {
    name: 'gateway',
    summary: 'run the gateway: a supervisor and its instances',
    usage: '--config FILE [--set key=value …]',
    options: { config: { type: 'string', short: 'c' }, set: { type: 'string', multiple: true } },
    describe: {
      config: 'the YAML file; config/gateway.yaml shows every key',
      set: 'overrides one key, as dubbo.port=20990; may be repeated'
    },
    examples: [
      'abox gateway --config gateway.yaml',
      'ABOX_INSTANCES=4 abox gateway --config gateway.yaml --set log.level=debug'
    ],
    run: async (input) => {
      const path = textOption(input, 'config')
      if (path === undefined) {
        console.error('abox gateway: --config FILE is missing; config/gateway.yaml is a commented sample')
        return 2
      }
      const gateway = await start(await loadGatewayConfig(path, process.env, textOptions(input, 'set')))
      await Promise.race([signalled(), gateway.ended])
      await gateway.stop()
      return 0
    }
  }
}

/** `abox gateway-instance`: what the supervisor forks. It speaks only over the process channel. */
export function createInstanceCommand(
  compose: (start: ToInstance & { type: 'start' }) => Promise<GatewayInstance>
): Command {
  return {
    name: 'gateway-instance',
    summary: 'one instance; started by the supervisor only',
    usage: '',
    options: {},
    describe: {},
    examples: [],
    run: async () => {
      const drained = Promise.withResolvers<number>()
      // Without its supervisor nobody restarts it, registers its port anew or collects its metrics: it goes, too.
      process.on('disconnect', () => drained.resolve(DRAIN_GRACE_MS))
      // A supervisor that has just died must not turn an answer to it into an unhandled error.
      const tell = (message: FromInstance): void => void process.send?.(message, () => {})
      const instance = await compose(await firstMessage()).catch((error: unknown) => {
        const { code, message, fault, retryable, remedy } = AboxError.from(error)
        tell({ type: 'failed', error: { code, message, fault, retryable, remedy } })
        // Its first start is told by the supervisor, in one line for all instances; later ones stand in its log.
        return undefined
      })
      if (instance === undefined) {
        // The open channel would keep the process alive; what was told leaves before it closes.
        if (process.connected) process.disconnect()
        return 1
      }
      process.on('message', (message: ToInstance) => {
        if (message.type === 'ask') answer(instance, message, tell)
        else if (message.type === 'drain') drained.resolve(message.graceMs)
      })
      tell({ type: 'ready', port: instance.port, id: instance.id })
      const graceMs = await drained.promise
      await instance.close(graceMs)
      if (process.connected) process.disconnect()
      return 0
    }
  }
}

function answer(
  instance: GatewayInstance,
  { id, what }: ToInstance & { type: 'ask' },
  tell: (m: FromInstance) => void
): void {
  if (what === 'state') tell({ type: 'answer', id, state: instance.state() })
  else
    instance.metricsText().then(
      (metrics) => tell({ type: 'answer', id, metrics }),
      () => tell({ type: 'answer', id })
    )
}

function firstMessage(): Promise<ToInstance & { type: 'start' }> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('gateway-instance is started by abox gateway only'))
    process.once('message', (message: ToInstance) => {
      if (message.type === 'start') resolve(message)
      else reject(new Error(`found message ${message.type}, expected start`))
    })
  })
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
