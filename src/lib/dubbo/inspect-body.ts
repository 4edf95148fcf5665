import { AboxError } from '#core/errors'
import { type HessianValue, HInt, HMap, readValues } from '#lib/hessian2'
import { parameterTypesOf } from './descriptor.ts'
import { HESSIAN2 } from './frame.ts'
import type { FrameHeader } from './inspect-header.ts'
import { decodeInvocation, type Invocation } from './invocation.ts'
import { RESULT_EXCEPTION, RESULT_NULL, WITH_ATTACHMENTS } from './result.ts'
import { STATUS } from './status.ts'

/** What a body holds, as far as it can be read. */
export interface FrameBody {
  readonly content: FrameContent
  /** Values behind those that the content has a place for, in the order of the wire. */
  readonly more: readonly HessianValue[]
  /** Why the values end before the body does; an ABOX_HESSIAN_ error whose offset is that in the body. */
  readonly error: AboxError | undefined
  /** The bytes from there on; those of an event in another serialization. */
  readonly unread: Buffer
}

export type FrameContent = RequestContent | ResultContent | FailureContent | EventContent | OtherContent

/** A call as the consumer wrote it. `call` is how a provider understands it, or the error why it does not. */
export interface RequestContent {
  readonly kind: 'request'
  readonly dubboVersion: string
  readonly path: string
  readonly version: string
  /** As it stands there: `$invoke` for a generic call. */
  readonly method: string
  /** The int that dubbox writes before the descriptor; absent from everybody else. */
  readonly dubbox: number | undefined
  readonly descriptor: string
  /** `undefined` when the descriptor cannot be read. */
  readonly parameterTypes: readonly string[] | undefined
  readonly args: readonly HessianValue[]
  /** `undefined` when there are none, not even null. */
  readonly attachments: HessianValue | undefined
  readonly call: Invocation | AboxError
}

/** An answer with status 20. */
export interface ResultContent {
  readonly kind: 'result'
  readonly flag: { readonly code: number; readonly name: string }
  /** `undefined` when the flag announces none, or it cannot be read. */
  readonly value: HessianValue | undefined
  readonly exception: HessianValue | undefined
  readonly attachments: HessianValue | undefined
}

/** An answer with another status. */
export interface FailureContent {
  readonly kind: 'failure'
  readonly text: string
}

export interface EventContent {
  readonly kind: 'event'
  readonly event: 'heartbeat' | 'readonly' | 'writable' | 'other'
}

/** `foreign`: in another serialization than hessian2, with bytes. `values`: sound, and nothing of the above. */
export type OtherContent = { readonly kind: 'foreign'; readonly bytes: Buffer } | { readonly kind: 'values' }

/** Names of the flags 0, 1, 2; result.ts has their grammar. */
const RESULT_NAMES = ['EXCEPTION', 'VALUE', 'NULL_VALUE'] as const
const NOTHING = Buffer.alloc(0)
const VALUES: OtherContent = { kind: 'values' }

/** Looks into a body. Never throws for any bytes. */
export function inspectBody(header: FrameHeader, bytes: Buffer): FrameBody {
  if (header.serialization.id !== HESSIAN2) return foreignBody(header, bytes)
  const { values, end, error } = readValues(bytes)
  const unread = bytes.subarray(end)
  const { content, used } = understand(header, values, bytes)
  return { content, more: values.slice(used), error, unread }
}

function foreignBody({ event, twoWay, request }: FrameHeader, bytes: Buffer): FrameBody {
  const foreign: FrameContent = { kind: 'foreign', bytes }
  // Only heartbeats are answered: see eventKind in events.ts.
  const heartbeat: FrameContent = { kind: 'event', event: twoWay || !request ? 'heartbeat' : 'other' }
  if (!event) return { content: foreign, more: [], error: undefined, unread: NOTHING }
  return { content: heartbeat, more: [], error: undefined, unread: bytes }
}

interface Understood {
  readonly content: FrameContent
  /** How many of the values the content has taken. */
  readonly used: number
}

function understand(header: FrameHeader, values: readonly HessianValue[], bytes: Buffer): Understood {
  if (header.event) return eventOf(values[0])
  if (header.request) return requestOf(values, bytes)
  if (header.status.code === STATUS.OK) return resultOf(values)
  const [text] = values
  return typeof text === 'string' ? { content: { kind: 'failure', text }, used: 1 } : { content: VALUES, used: 0 }
}

function eventOf(value: HessianValue | undefined): Understood {
  if (value === null) return { content: { kind: 'event', event: 'heartbeat' }, used: 1 }
  if (value === 'R') return { content: { kind: 'event', event: 'readonly' }, used: 1 }
  if (value === 'W') return { content: { kind: 'event', event: 'writable' }, used: 1 }
  return { content: { kind: 'event', event: 'other' }, used: 0 }
}

function requestOf(values: readonly HessianValue[], bytes: Buffer): Understood {
  const [dubboVersion, path, version, method, fifth] = values
  const dubbox = fifth instanceof HInt ? fifth.value : undefined
  const at = dubbox === undefined ? 4 : 5
  const descriptor = values[at]
  const texts = [dubboVersion, path, version, method, descriptor].map(textOrNull)
  if (texts.includes(undefined)) return { content: VALUES, used: 0 }
  const [first = '', second = '', third = '', fourth = '', last = ''] = texts
  const parameterTypes = typesOf(last)
  const behind = values.slice(at + 1)
  const count = parameterTypes?.length ?? Math.max(0, behind.length - 1)
  const candidate = behind[count]
  const attachments = candidate === null || candidate instanceof HMap ? candidate : undefined
  const args = behind.slice(0, count)
  const used = at + 1 + args.length + (attachments === undefined ? 0 : 1)
  const content: RequestContent = {
    kind: 'request',
    dubboVersion: first,
    path: second,
    version: third,
    method: fourth,
    dubbox,
    descriptor: last,
    parameterTypes,
    args,
    attachments,
    call: callOf(bytes)
  }
  return { content, used }
}

function resultOf(values: readonly HessianValue[]): Understood {
  const [flag] = values
  const code = flag instanceof HInt ? flag.value : -1
  const name = RESULT_NAMES[code % WITH_ATTACHMENTS]
  if (name === undefined || code > RESULT_NULL + WITH_ATTACHMENTS) return { content: VALUES, used: 0 }
  const withAttachments = code >= WITH_ATTACHMENTS
  const kind = code % WITH_ATTACHMENTS
  let used = 1
  const value = kind === RESULT_NULL ? undefined : values[used++]
  const attachments = withAttachments ? values[used++] : undefined
  const content: ResultContent = {
    kind: 'result',
    flag: { code, name: withAttachments ? `${name}_WITH_ATTACHMENTS` : name },
    value: kind === RESULT_EXCEPTION ? undefined : value,
    exception: kind === RESULT_EXCEPTION ? value : undefined,
    attachments
  }
  return { content, used }
}

/** Null counts as empty, as in `decodeInvocation`. */
function textOrNull(value: HessianValue | undefined): string | undefined {
  if (value === null) return ''
  return typeof value === 'string' ? value : undefined
}

function typesOf(descriptor: string): readonly string[] | undefined {
  try {
    return parameterTypesOf(descriptor)
  } catch {
    return undefined
  }
}

function callOf(bytes: Buffer): Invocation | AboxError {
  try {
    return decodeInvocation(bytes)
  } catch (error) {
    return AboxError.from(error)
  }
}
