import type { Unbound } from './guest-unbound.ts'

export interface GuestConsole {
  /** Adds a thrown value or a log argument as text; never longer than `limit`. May run code of the user's module. */
  print(value: unknown, limit: number): string
  /** All lines since the last time as a `pack` (frames.ts), or ''. */
  take(): string
}

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Gives the realm a `console` whose lines wait, up to `maxUnits` UTF-16 units, until the reply of the call carries
 * them out. Lines of a call that is stopped for its time or memory are lost with the isolate.
 */
export function makeConsole(unbound: Unbound, maxUnits: number): GuestConsole {
  const stringify = JSON.stringify
  const toText = String
  const slice = unbound(String.prototype.slice)
  const MAX_LINE = 1000
  let lengths = ''
  let lines = ''
  let dropped = 0

  const console: Record<string, unknown> = {}
  for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
    const prefix = level === 'warn' || level === 'error' ? `${level}: ` : ''
    console[level] = (...values: unknown[]) => {
      let line = prefix
      for (let i = 0; i < values.length && line.length < MAX_LINE; i++) {
        line += (i === 0 ? '' : ' ') + print(values[i], MAX_LINE)
      }
      add(slice(line, 0, MAX_LINE))
    }
  }
  Object.defineProperty(globalThis, 'console', {
    value: Object.freeze(console),
    writable: false,
    enumerable: false,
    configurable: false
  })
  return { print, take }

  function print(value: unknown, limit: number): string {
    if (typeof value === 'string') return slice(value, 0, limit)
    if (typeof value !== 'object' || value === null) return slice(toText(value), 0, limit)
    try {
      const { name, message } = value as { name?: unknown; message?: unknown }
      if (typeof message === 'string')
        return slice(typeof name === 'string' ? `${name}: ${message}` : message, 0, limit)
      return slice(stringify(value), 0, limit)
    } catch {
      return 'a value that cannot be printed'
    }
  }

  function add(line: string): void {
    // What says their lengths counts as well, or empty lines would have no bound.
    if (lines.length + lengths.length + line.length > maxUnits) {
      dropped++
      return
    }
    lengths += `${line.length},`
    lines += line
  }

  function take(): string {
    if (lengths === '' && dropped === 0) return ''
    const note = dropped === 0 ? '' : `(${dropped} more lines dropped)`
    const pack = `${lengths}${note === '' ? '' : `${note.length},`};${lines}${note}`
    lengths = ''
    lines = ''
    dropped = 0
    return pack
  }
}
