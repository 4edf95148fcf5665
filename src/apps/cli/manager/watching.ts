import { type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'

/** A command that tells what happens until it is ended. */
export interface Watching {
  /** Aborts at Ctrl-C, SIGTERM and after `--for`. */
  readonly signal: AbortSignal
  /** So many updates; `--count`. */
  readonly most: number
  /** Lets go of the signals of the process. */
  readonly close: () => void
}

/** Begins with `--for` and `--count` of the command. ABOX_CLI_USAGE. */
export function beginWatching(input: CommandInput): Watching {
  const most = countOf(input, 'count') ?? Number.POSITIVE_INFINITY
  const forSeconds = countOf(input, 'for')
  const ended = new AbortController()
  const end = (): void => ended.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const timer = forSeconds === undefined ? undefined : setTimeout(end, forSeconds * 1000)
  return {
    signal: ended.signal,
    most,
    close() {
      clearTimeout(timer)
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
    }
  }
}

/** An option that is a whole number from 1; undefined: it was not given. ABOX_CLI_USAGE. */
export function countOf(input: CommandInput, name: 'count' | 'for' | 'seconds'): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw usage(`--${name}: found "${text}", expected a whole number from 1`)
}
