import type { Invocation } from '#lib/dubbo'

/**
 * The calling application by attachment `remote.application` (2.7 and 3.x send it). It is not authenticated: see
 * docs/security.md. Cut, because it becomes a key of the splitter and a label.
 */
export function callerOf({ attachments }: Invocation): string | undefined {
  const name = attachments.get('remote.application')
  return name === undefined || name === '' ? undefined : name.slice(0, 128)
}

/** Nobody waits longer for a call; Dubbo's own default is a second. */
export const MAX_TIMEOUT_MS = 600_000

/** ms that the caller waits: `_TO` and `_to` (what is left of a chain of calls) before `timeout`. 2.7 sends none. */
export function timeoutOf({ attachments }: Invocation): number | undefined {
  const left = milliseconds(attachments.get('_TO') ?? attachments.get('_to'))
  // What is left of a chain may be nothing: then the call is dead on arrival.
  if (left !== undefined) return Math.max(0, left)
  const given = milliseconds(attachments.get('timeout'))
  return given !== undefined && given > 0 ? given : undefined
}

function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,12}$/.test(text)) return undefined
  return Math.min(Number(text), MAX_TIMEOUT_MS)
}

/** W3C trace-id of `traceparent`, else `traceid` as some callers name it; `undefined` when there is none that is sane. */
export function traceIdOf({ attachments }: Invocation): string | undefined {
  const parent = attachments.get('traceparent')
  if (parent !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(parent))
    return parent.slice(3, 35)
  const plain = attachments.get('traceid') ?? attachments.get('traceId')
  return plain !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(plain) ? plain : undefined
}

/** The variant's own headers, the trace's, and how many ms the answer is waited for, as a flat list. */
export function requestHeaders(
  headers: readonly string[],
  { attachments }: Invocation,
  traceId: string,
  timeoutMs: number
): string[] {
  const parent = attachments.get('traceparent')
  const list = [...headers, 'x-request-id', traceId, 'x-request-timeout-ms', String(timeoutMs)]
  if (parent !== undefined && /^[\x20-\x7e]{1,128}$/.test(parent)) list.push('traceparent', parent)
  return list
}

/** 32 hex digits: half random per process, half a counter, because a random one per call costs more than a call's routing. */
export function createTraceIds(random: () => number): () => string {
  const prefix = Array.from({ length: 4 }, () => hex(Math.floor(random() * 0x10000), 4)).join('')
  const high = hex(Math.floor(random() * 0x100000000), 8)
  let counter = Math.floor(random() * 0x10000)
  return () => {
    counter = (counter + 1) >>> 0
    return prefix + high + hex(counter, 8)
  }
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
