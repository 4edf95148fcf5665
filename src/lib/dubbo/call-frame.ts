import { encodeValue, type HessianValue, HessianWriter, HList } from '#lib/hessian2'
import { descriptorOf } from './descriptor.ts'
import { FLAG_REQUEST, FLAG_TWO_WAY, HEADER_BYTES, HESSIAN2, writeHeader } from './frame.ts'
import { GENERIC_DESCRIPTOR } from './known-text.ts'
import { writeAttachments } from './result.ts'

/** A call as a consumer makes it. */
export interface DubboCall {
  readonly service: string
  readonly version?: string
  readonly group?: string
  readonly method: string
  /** Java source names, one per argument. */
  readonly parameterTypes: readonly string[]
  readonly args: readonly HessianValue[]
  /** Added to those that every consumer sends; the same name replaces. */
  readonly attachments?: Readonly<Record<string, string>>
  /** Sends it as `$invoke`, as Java consumers do when the provider's URL has generic=true. */
  readonly generic?: boolean
  /** Awaits no answer; the call is over when it is written. */
  readonly oneWay?: boolean
  /** Overrides the client's; also travels as attachment `timeout`. */
  readonly timeoutMs?: number
}

/** The request frame of a call: body as invocation.ts describes it, protocol version 2.0.2. */
export function callFrame(id: Buffer, call: DubboCall, timeoutMs: number): Buffer {
  const writer = new HessianWriter(1024)
  const version = call.version ?? '0.0.0'
  writer.reset(HEADER_BYTES)
  writer.string('2.0.2')
  writer.string(call.service)
  writer.string(version)
  if (call.generic === true) {
    writer.string('$invoke')
    writer.string(GENERIC_DESCRIPTOR)
    writer.string(call.method)
    encodeValue(writer, new HList([...call.parameterTypes], '[string'))
    encodeValue(writer, new HList([...call.args], '[object'))
  } else {
    writer.string(call.method)
    writer.string(descriptorOf(call.parameterTypes))
    for (const arg of call.args) encodeValue(writer, arg)
  }
  writeAttachments(writer, attachmentsOf(call, version, timeoutMs))
  const frame = writer.take()
  const flags = FLAG_REQUEST | HESSIAN2 | (call.oneWay === true ? 0 : FLAG_TWO_WAY)
  writeHeader(frame, flags, 0, id, frame.length - HEADER_BYTES)
  return frame
}

/** Those of the caller first, as Java writes them; then what every consumer sends. */
function attachmentsOf(call: DubboCall, version: string, timeoutMs: number): Map<string, string> {
  const attachments = new Map(Object.entries(call.attachments ?? {}))
  const own = [
    ['path', call.service],
    ['interface', call.service],
    ['version', version],
    ['timeout', String(timeoutMs)],
    ['group', call.group]
  ] as const
  for (const [name, value] of own) if (value !== undefined && !attachments.has(name)) attachments.set(name, value)
  return attachments
}
