import { type Command, textOption, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import type { GatewayConfig } from './config.ts'
import { gatewayErrors } from './errors.ts'
import type { GatewayInstance } from './instance.ts'
import { loadGatewayConfig } from './load-config.ts'
import type { FromInstance, HookChange, SessionNote, ToInstance } from './messages.ts'

/** How long consumers may take to leave when an instance ends, ms. */
export const DRAIN_GRACE_MS = 10_000

/** A whole gateway as the `gateway` command runs it: supervisor, both HTTP ports. */
export interface RunningGateway {
  /** Reads the configuration again and replaces one instance after the other; rejects when it is not taken over. */
  restart(): Promise<void>
  /** Drains and ends everything. */
  stop(): Promise<void>
  /** Resolves when it has ended for another reason than `stop`, as the admin API's drain. */
  readonly ended: Promise<void>
}

/** Reads the configuration from where it was read at the start. Rejects with ABOX_CONFIG_INVALID. */
export type ReadConfig = () => Promise<GatewayConfig>

/** `abox gateway`: reads the configuration and runs until a signal. */
export function createGatewayCommand(
  start: (config: GatewayConfig, read: ReadConfig) => Promise<RunningGateway>
): Command {
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
      const read: ReadConfig = () => loadGatewayConfig(path, process.env, textOptions(input, 'set'))
      let gateway: RunningGateway | undefined
      const asked = Promise.withResolvers<void>()
      let times = 0
      // Before the start, which may take seconds: as the first process of a container it would otherwise not hear them.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          asked.resolve()
          // The first one lets calls end, one more ends all at once; instances end when this process does.
          if (++times === 1) return
          if (gateway === undefined) process.exit(1)
          else void gateway.stop()
        })
      }
      // What came of it stands in the log.
      process.on('SIGHUP', () => void gateway?.restart().catch(() => {}))
      gateway = await start(await read(), read)
      await Promise.race([asked.promise, gateway.ended])
      await gateway.stop()
      return 0
    }
  }
}

/** How the channel reaches into the making of an instance. */
export interface InstanceChannel {
  /** Given to a spare only: resolves with the index whose place it takes. */
  readonly taken: (() => Promise<number>) | undefined
  readonly onSession: (session: SessionNote) => void
  /** A version of a hook, by its key, runs on in a thread of this process that cannot be stopped. */
  readonly onStuck: (key: string) => void
}

/** `abox gateway-instance`: what the supervisor forks. It speaks only over the process channel. */
export function createInstanceCommand(
  compose: (start: ToInstance & { type: 'start' }, channel: InstanceChannel) => Promise<GatewayInstance>
): Command {
  return {
    name: 'gateway-instance',
    summary: 'one instance; started by the supervisor only',
    usage: '',
    options: {},
    describe: {},
    examples: [],
    run: async () => {
      if (process.send === undefined) throw new Error('gateway-instance is started by abox gateway only')
      const started = Promise.withResolvers<ToInstance & { type: 'start' }>()
      const taken = Promise.withResolvers<number>()
      const drained = Promise.withResolvers<{ graceMs: number; readonly: boolean }>()
      let instance: GatewayInstance | undefined
      let stuck = false
      /** Of the time before there is an instance, as while a spare waits. */
      const hookChanges: HookChange[] = []
      const changeHook = (change: HookChange): void => {
        if (instance === undefined) hookChanges.push(change)
        else instance.changeHook(change)
      }
      // A supervisor that has just died must not turn an answer to it into an unhandled error.
      const tell = (message: FromInstance): void => void process.send?.(message, () => {})
      process.on('message', (message: ToInstance) => {
        if (message.type === 'ping') tell({ type: 'pong' })
        else if (message.type === 'start') started.resolve(message)
        else if (message.type === 'take') taken.resolve(message.index)
        else if (message.type === 'drain') drained.resolve(message)
        else if (message.type === 'hook') changeHook(message.change)
        else if (instance !== undefined) answer(instance, message, tell)
      })
      // Without its supervisor nobody restarts it, registers its port anew or collects its metrics: it goes, too.
      process.on('disconnect', () => drained.resolve({ graceMs: DRAIN_GRACE_MS, readonly: false }))
      const start = await started.promise
      const waitForPlace = (): Promise<number> => {
        tell({ type: 'prepared' })
        const unneeded = drained.promise.then(() => {
          throw new AboxError(gatewayErrors.ABOX_INSTANCE, 'the spare was not needed')
        })
        return Promise.race([taken.promise, unneeded])
      }
      instance = await compose(start, {
        taken: start.spare ? waitForPlace : undefined,
        onSession: (session) => tell({ type: 'session', session }),
        onStuck: (key) => {
          stuck = true
          tell({ type: 'stuck', key })
        }
      }).catch((error: unknown) => {
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
      for (const change of hookChanges) instance.changeHook(change)
      tell({ type: 'ready', port: instance.port, id: instance.id })
      void instance.visible().then(() => tell({ type: 'visible' }))
      const { graceMs, readonly } = await drained.promise
      await instance.close(graceMs, readonly)
      // A thread that cannot be stopped keeps the process from ending in order.
      if (stuck) process.kill(process.pid, 'SIGKILL')
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
