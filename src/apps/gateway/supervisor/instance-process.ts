import { fork } from 'node:child_process'
import type { FromInstance, SessionNote, ToInstance } from '../messages.ts'

export type Answer = FromInstance & { type: 'answer' }

/** How a process ended; `ended with SIGKILL`, `ended with 1`. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
}

/** Who hears a process; it changes when a spare takes a slot. */
export interface ProcessListener {
  onMessage(message: FromInstance): void
  /** Once, and last. */
  onEnd(end: ProcessEnd): void
}

/** One forked `gateway-instance`, as far as the supervisor knows it: a pid and a channel. */
export interface InstanceProcess {
  readonly pid: number | undefined
  /** Where it is told to note which hook runs. */
  readonly note: string
  send(message: ToInstance): void
  /** Resolves with undefined when it does not answer in time. */
  ask(what: 'metrics' | 'state'): Promise<Answer | undefined>
  /** In place of whoever listened before. */
  listen(listener: ProcessListener): void
  /** SIGKILL: what hangs or was told to end in vain hears nothing else. */
  kill(): void
  /** Its ZooKeeper sessions, one for each address. */
  sessions(): readonly SessionNote[]
  /** Resolves when it is gone. */
  readonly gone: Promise<ProcessEnd>
}

const ANSWER_WITHIN_MS = 2000

/** Runs `<script> gateway-instance`. A process that could not be made ends at once, as one that died. */
export function forkInstance(script: string, note: string): InstanceProcess {
  const child = fork(script, ['gateway-instance'], {
    execArgv: ['--no-node-snapshot', '--enable-source-maps'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A Ctrl-C in a terminal goes to the whole group: the supervisor alone decides how instances end.
    detached: process.platform !== 'win32'
  })
  const gone = Promise.withResolvers<ProcessEnd>()
  const sessions = new Map<string, SessionNote>()
  const questions = new Map<number, (answer: Answer | undefined) => void>()
  let nextQuestion = 1
  let ended: ProcessEnd | undefined
  let listener: ProcessListener = { onMessage: () => {}, onEnd: () => {} }
  const end = (how: ProcessEnd): void => {
    if (ended !== undefined) return
    ended = how
    for (const settle of questions.values()) settle(undefined)
    gone.resolve(how)
    listener.onEnd(how)
  }
  const send = (message: ToInstance): void => {
    if (child.connected) child.send(message, () => {})
  }
  child.on('message', (message: FromInstance) => {
    if (message.type === 'answer') questions.get(message.id)?.(message)
    else if (message.type === 'session') sessions.set(message.session.address, message.session)
    else listener.onMessage(message)
  })
  child.on('exit', (code, signal) => end({ code, signal }))
  child.on('error', (error) => {
    // A process that could not be made never exits.
    if (child.pid === undefined) end({ code: null, signal: error.message })
  })
  return {
    pid: child.pid,
    note,
    send,
    ask(what) {
      const id = nextQuestion++
      const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
      const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS)
      if (ended !== undefined) resolve(undefined)
      questions.set(id, resolve)
      send({ type: 'ask', id, what })
      return promise.finally(() => {
        clearTimeout(timer)
        questions.delete(id)
      })
    },
    listen(next) {
      listener = next
      const how = ended
      // A spare may have died in the moment in which it was taken.
      if (how !== undefined) queueMicrotask(() => next.onEnd(how))
    },
    kill: () => void child.kill('SIGKILL'),
    sessions: () => [...sessions.values()],
    gone: gone.promise
  }
}
