import { AboxError, coreErrors, type ErrorRow } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import type { ThrownInside } from '../reply.ts'
import { type FrameReader, type FrameWriter, nonsense } from './codec.ts'

/**
 * Messages in the frames of codec.ts; all are numbers but what is marked as text:
 *
 *   to the child   = make / call / drop / ping
 *   make           = 1 sandbox job options        text: JSON of SandboxOptions; job 0 = no answer is wanted
 *   call           = 2 sandbox job function count { argument }   texts; the function's place in `exports`
 *   drop           = 3 sandbox
 *   ping           = 4 detailed                   1: with the stats of all sandboxes
 *
 *   to the gateway = hello / done / failed / logs / stats / pong
 *   hello          = 1 version                    first and once; nothing is sent to the child before
 *   done           = 2 job result                 text: JSON; of make: of `Made`
 *   failed         = 3 job code detail cause      texts; cause = JSON of ThrownInside or ''
 *   logs           = 4 sandbox count { line }     texts; before the answer of the call that wrote them
 *   stats          = 5 sandbox faults bytes       before a failed answer and on a detailed ping
 *   pong           = 6 bytes                      resident memory of the process
 *
 * Ids of sandboxes and jobs are the gateway's; they count up from 1 and are never used twice in one child.
 */
export const ToChild = { make: 1, call: 2, drop: 3, ping: 4 } as const
export const ToGateway = { hello: 1, done: 2, failed: 3, logs: 4, stats: 5, pong: 6 } as const

export const PROTOCOL_VERSION = 1

/** File descriptor of the pipe in the child. */
export const CHANNEL_FD = 3

/** What the gateway must know of a module to stand for it. */
export interface Made {
  readonly exports: readonly string[]
  /** `Sandbox.placeOf` each of the first exports. */
  readonly places: readonly string[]
  readonly int64: 'string' | 'bigint'
  /** Each export that is no function: name and JSON, or name, code and detail of why it has none. */
  readonly values: readonly (readonly [string, string] | readonly [string, string, string])[]
}

const ROWS: Readonly<Record<string, ErrorRow>> = { ...sandboxErrors, ...coreErrors }

/** `code` and the text behind it. */
export function partsOf({ code, message }: AboxError): [string, string] {
  return [code, message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message]
}

/** The error as it was on the other side. Throws ABOX_HOOK_PROCESS for a code that no sandbox has. */
export function errorOf(code: string, detail: string, cause?: ThrownInside): AboxError {
  const row = Object.hasOwn(ROWS, code) ? ROWS[code] : undefined
  if (row === undefined) throw nonsense(`found error code ${JSON.stringify(code.slice(0, 50))}`)
  return new AboxError(row, detail, { cause })
}

export function writeFailed(writer: FrameWriter, job: number, error: AboxError): void {
  const [code, detail] = partsOf(error)
  writer.number(ToGateway.failed)
  writer.number(job)
  writer.text(code)
  writer.text(detail)
  writer.text(error.code === 'ABOX_HOOK_THROW' ? JSON.stringify(error.cause) : '')
}

/** What stands behind the job's number. Throws ABOX_HOOK_PROCESS. */
export function readFailed(reader: FrameReader): AboxError {
  const code = reader.text()
  const detail = reader.text()
  const cause = reader.text()
  return errorOf(code, detail, cause === '' ? undefined : thrownOf(parse<Partial<ThrownInside>>(cause)))
}

/** JSON of the other side. Throws ABOX_HOOK_PROCESS. */
export function parse<T>(json: string): T {
  try {
    return JSON.parse(json) as T
  } catch {
    throw nonsense(`found ${JSON.stringify(json.slice(0, 50))}, expected JSON`)
  }
}

/** The answer of make. Throws ABOX_HOOK_PROCESS. */
export function parseMade(json: string): Made {
  const made = parse<Partial<Made> | null>(json)
  const { exports, places, values, int64 } = made ?? {}
  if ([exports, places, values, ...(values ?? [])].every(Array.isArray) && typeof int64 === 'string')
    return made as Made
  throw nonsense(`found ${JSON.stringify(json.slice(0, 50))}, expected what a module has`)
}

/** JSON leaves out what is undefined. */
function thrownOf(sent: Partial<ThrownInside> | null): ThrownInside {
  const { function: called = '', name = '', message = '', line, column } = sent ?? {}
  return { function: called, name, message, line, column }
}
