import { type ChildProcess, fork } from 'node:child_process'
import { createBackoff } from '#core/backoff'
import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from './config.ts'
import { gatewayErrors } from './errors.ts'
import type { FromInstance, InstanceState, ToInstance } from './messages.ts'

/** N instances, each a process of its own; restarted when they die. */
export interface Supervisor {
  /** Resolves when every instance is ready; rejects with the first one's reason when one cannot start at all. */
  start(): Promise<void>
  instances(): readonly { readonly index: number; readonly pid: number | undefined; readonly ready: boolean }[]
  metrics(): Promise<readonly string[]>
  states(): Promise<readonly InstanceState[]>
  /** Drains all instances and ends them; a second call, or the end of `graceMs`, ends them at once. */
  stop(graceMs: number): Promise<void>
}

/** One place for an instance: the process in it may change, its index and port do not. */
interface Slot {
  readonly index: number
  readonly backoff: ReturnType<typeof createBackoff>
  child: ChildProcess | undefined
  ready: boolean
  restarts: number
}

const ANSWER_WITHIN_MS = 2000
/** What an instance may need after its drain to send its last records and close. */
const CLOSE_WITHIN_MS = 10_000
/** An instance that lived this long counts as healthy: the next death starts with the shortest pause again. */
const HEALTHY_AFTER_MS = 30_000

export interface SupervisorOptions {
  readonly config: GatewayConfig
  readonly log: Logger
  /** The program to run as `<script> gateway-instance`; process.argv[1] of the supervisor. */
  readonly script: string
}

/** An error that crossed the process channel, with its own code again. */
function rebuild({ code, message, fault, retryable, remedy }: (FromInstance & { type: 'failed' })['error']): AboxError {
  return new AboxError({ code, fault, retryable, text: '', remedy }, message.replace(`${code}: `, ''))
}

export function createSupervisor({ config, log, script }: SupervisorOptions): Supervisor {
  const slots: Slot[] = Array.from({ length: config.instances }, (_, index) => ({
    index,
    backoff: createBackoff({ baseMs: 100, maxMs: 10_000, random: Math.random }),
    child: undefined,
    ready: false,
    restarts: 0
  }))
  const questions = new Map<number, (answer: FromInstance & { type: 'answer' }) => void>()
  let nextQuestion = 1
  let started = false
  let stopping = false

  const send = (slot: Slot, message: ToInstance): void => {
    if (slot.child?.connected === true) slot.child.send(message, () => {})
  }

  /** Starts the slot's process; `onFirst` hears how its start ended. */
  const spawn = (slot: Slot, onFirst?: (error?: Error) => void): void => {
    const child = fork(script, ['gateway-instance'], {
      execArgv: ['--no-node-snapshot', '--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A Ctrl-C in a terminal goes to the whole group: the supervisor alone decides how instances end.
      detached: process.platform !== 'win32'
    })
    const startedAt = performance.now()
    let wasReady = false
    slot.child = child
    child.on('message', (message: FromInstance) => {
      if (message.type === 'answer') questions.get(message.id)?.(message)
      else if (message.type === 'ready') {
        slot.ready = true
        wasReady = true
        log.info({ index: slot.index, id: message.id, port: message.port, pid: child.pid }, 'instance ready')
        onFirst?.()
      } else if (message.type === 'failed') {
        if (onFirst === undefined)
          log.error({ index: slot.index, error: message.error.message }, 'instance not started')
        onFirst?.(rebuild(message.error))
      }
    })
    const ended = (code: number | null, signal: string | null): void => {
      if (slot.child !== child) return
      slot.ready = false
      slot.child = undefined
      onFirst?.(
        new AboxError(gatewayErrors.ABOX_INSTANCE, `instance ${slot.index} ended with ${signal ?? code} while starting`)
      )
      // What cannot start at all is the operator's to read, not to be tried for ever.
      if (stopping || !(started || wasReady)) return
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) slot.backoff.reset()
      const pause = slot.restarts++ === 0 ? 0 : slot.backoff.next()
      log.error({ index: slot.index, code, signal, pauseMs: pause }, 'instance ended; it is started again')
      setTimeout(() => {
        if (!stopping) spawn(slot)
      }, pause)
    }
    child.on('exit', ended)
    child.on('error', (error) => {
      log.error({ index: slot.index, error: error.message }, 'instance process')
      // A process that could not be made never exits.
      if (child.pid === undefined) ended(null, error.message)
    })
    send(slot, { type: 'start', config, index: slot.index, restarted: onFirst === undefined })
  }

  /** Asks every ready instance; one that does not answer in time is left out. */
  const ask = async (what: 'metrics' | 'state'): Promise<(FromInstance & { type: 'answer' })[]> => {
    const asked = slots.filter(({ ready }) => ready)
    const answers = await Promise.all(
      asked.map((slot) => {
        const id = nextQuestion++
        return new Promise<(FromInstance & { type: 'answer' }) | undefined>((resolve) => {
          const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS)
          questions.set(id, (answer) => {
            clearTimeout(timer)
            resolve(answer)
          })
          send(slot, { type: 'ask', id, what })
        }).finally(() => questions.delete(id))
      })
    )
    return answers.filter((answer) => answer !== undefined)
  }

  return {
    async start() {
      await Promise.all(
        slots.map(
          (slot) =>
            new Promise<void>((resolve, reject) => {
              spawn(slot, (error) => (error === undefined ? resolve() : reject(error)))
            })
        )
      )
      started = true
    },
    instances: () => slots.map(({ index, child, ready }) => ({ index, pid: child?.pid, ready })),
    metrics: async () => (await ask('metrics')).flatMap(({ metrics }) => metrics ?? []),
    states: async () => (await ask('state')).flatMap(({ state }) => state ?? []),
    async stop(graceMs) {
      const again = stopping
      stopping = true
      await Promise.all(
        slots.map(async (slot) => {
          const child = slot.child
          if (child === undefined) return
          const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
          if (again) child.kill('SIGKILL')
          else send(slot, { type: 'drain', graceMs })
          const timer = setTimeout(() => child.kill('SIGKILL'), graceMs + CLOSE_WITHIN_MS)
          await gone
          clearTimeout(timer)
        })
      )
    }
  }
}
