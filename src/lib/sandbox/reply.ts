import { AboxError } from '#core/errors'
import { sandboxErrors } from './errors.ts'
import { unpack } from './frames.ts'

/** What the code in the isolate threw; the `cause` of ABOX_HOOK_THROW. */
export interface ThrownInside {
  /** The exported function that was called. */
  readonly function: string
  /** `TypeError`, …; '' when it was not an error object. */
  readonly name: string
  readonly message: string
  /** In the user's own source, from 1; undefined when it was not thrown by a line of it. */
  readonly line: number | undefined
  readonly column: number | undefined
}

/**
 * The error that a failed part of a reply (frames.ts) stands for. `declared`: sandbox and line of what was called; `lines`: how
 * many the module has.
 */
export function failureOf(
  part: string,
  sandbox: string,
  called: string,
  declared = sandbox,
  lines = Number.POSITIVE_INFINITY
): AboxError {
  const thrown = readThrown(part, called, lines)
  const where = thrown.line === undefined ? declared : `${sandbox}:${thrown.line}:${thrown.column}`
  const text = thrown.name === '' ? thrown.message : `${thrown.name}: ${thrown.message}`
  switch (part.charAt(0)) {
    case 'I':
      return new AboxError(
        sandboxErrors.ABOX_HOOK_INPUT,
        `an argument of ${called}() in ${sandbox} is not JSON: ${text}`
      )
    case 'L':
      return new AboxError(
        sandboxErrors.ABOX_HOOK_TENSOR,
        `${sandbox}: ${called}() looks into a list whose text it was not given`
      )
    case 'M':
      return new AboxError(sandboxErrors.ABOX_HOOK_MEMORY, `${where}: ${called}() asked for too much memory: ${text}`)
    case 'R':
      return new AboxError(sandboxErrors.ABOX_HOOK_RESULT, `${where}: the result of ${called}() is not JSON: ${text}`)
    default:
      return new AboxError(sandboxErrors.ABOX_HOOK_THROW, `${where}: ${called}() threw ${text}`, { cause: thrown })
  }
}

/** A place that is not in the module was made up by it. */
export function readThrown(part: string, called: string, lines = Number.POSITIVE_INFINITY): ThrownInside {
  const [name = '', message = '', place = ''] = unpack(part.slice(1)) ?? []
  const [, line, column] = /^(\d+):(\d+)/.exec(place) ?? []
  const real = line !== undefined && Number(line) >= 1 && Number(line) <= lines
  return {
    function: called,
    name: oneLine(name),
    message: oneLine(message),
    line: real ? Number(line) : undefined,
    column: real ? Number(column) : undefined
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
