import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { describe } from '#core/errors'
import { FrameCutter, type FrameReader, FrameWriter } from './codec.ts'
import { CHANNEL_FD } from './messages.ts'

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null
  readonly signal: string | null
  /** For messages: `SIGSEGV`, `exit code 1`, `no answer for 312 ms, SIGKILL`. */
  readonly reason: string
  /** It was ended because it stood still, but without having had the CPU: nothing that it ran is to blame. */
  readonly starved: boolean
  /**
   * A SIGKILL that the gateway has not sent: somebody's, or the kernel's that has no memory left, which takes this process
   * first (spawn.ts) whoever has used it. In a DeathReport false where it was the memory of a call that was alone in it.
   */
  readonly foreign: boolean
}

export interface LinkListener {
  onFrame(reader: FrameReader): void
  /** Once, and last: everything that the child has sent was read before. */
  onEnd(end: ChildEnd): void
}

/** How long a child that was told to leave may take, ms. */
const LEAVE_WITHIN_MS = 2000

/** One child process and the pipe to it. */
export class Link {
  readonly pid: number | undefined
  readonly writer = new FrameWriter()
  readonly #child: ChildProcess
  readonly #channel: Duplex | undefined
  #why = ''
  #starved = false
  #ended = false
  #leaving: NodeJS.Timeout | undefined

  constructor(child: ChildProcess, listener: LinkListener) {
    this.pid = child.pid
    this.#child = child
    // A pipe of a child is open both ways, on every system.
    this.#channel = (child.stdio[CHANNEL_FD] ?? undefined) as unknown as Duplex | undefined
    const end = (code: number | null, signal: string | null): void => {
      if (this.#ended) return
      this.#ended = true
      clearTimeout(this.#leaving)
      const how = signal ?? `exit code ${code}`
      const reason = this.#why === '' ? how : `${this.#why}, ${how}`
      const foreign = signal === 'SIGKILL' && this.#why === ''
      listener.onEnd({ code, signal, reason, starved: this.#starved, foreign })
    }
    // Behind the last bytes of the pipe, unlike `exit`.
    child.on('close', end)
    child.on('error', (error) => {
      this.#why = describe(error)
      // A process that could not be made never closes.
      if (child.pid === undefined) end(null, null)
    })
    // What is written to a dead child fails; that it died is told by `close`.
    for (const stream of child.stdio) stream?.on('error', () => {})
    const cutter = new FrameCutter()
    this.#channel?.on('data', (chunk: Buffer) => {
      if (this.#why !== '') return
      try {
        cutter.push(chunk, listener.onFrame)
      } catch (error) {
        this.kill(describe(error))
      }
    })
  }

  /** What the writer has collected goes out. */
  send(): void {
    if (this.writer.size > 0 && this.#channel?.writable === true) this.#channel.write(this.writer.take())
  }

  /** SIGKILL, for the reason `why`; nothing that it still says is read. */
  kill(why: string, starved = false): void {
    this.#why = why
    this.#starved = starved
    this.#child.kill('SIGKILL')
  }

  /** The child leaves when its pipe ends; one that does not is killed. */
  leave(): void {
    if (this.#leaving !== undefined) return
    this.#channel?.end()
    this.#leaving = setTimeout(() => this.kill(`still there ${LEAVE_WITHIN_MS} ms after its end`), LEAVE_WITHIN_MS)
  }
}
