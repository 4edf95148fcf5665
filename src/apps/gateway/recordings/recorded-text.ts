import type { Invocation } from '#lib/dubbo'
import { JsonReader, JsonSink, type PathState } from '#lib/json'
import { findResult } from '#lib/model-protocols'
import { type ArgumentWriter, valueAt } from '../arguments.ts'
import type { Call } from '../call.ts'
import { hookCallText, hookReplyText } from '../hook-call.ts'
import { copyMasked, type Masker } from './mask.ts'

/** Attachments that are secrets in somebody's system, by their name; the token is not even told to hooks. */
const SECRET_NAME = /token|secret|passw|credential|authorization|cookie|signature|api.?key|access.?key|private.?key/i

/** What a line is made with. */
export interface RecordedTextOptions {
  readonly args: ArgumentWriter
  /** Paths from `call` on, and from the line on for `request`, `reply` and `result`. */
  readonly mask: PathState
  readonly masker: Masker
  /** Of the whole line: ABOX_JSON_TOO_LARGE. */
  readonly maxBytes: number
}

/**
 * The line of a call (contracts/recorded-call.ts), without its end. The call must have come as far as a variant. Throws
 * ABOX_JSON_… for what is no JSON or too large.
 */
export function recordedText(call: Call, options: RecordedTextOptions): Buffer {
  const { mask, masker, maxBytes } = options
  const sink = new JsonSink(4096, maxBytes)
  let masked = 0
  const part = (name: string, json: Buffer, rules: PathState): void => {
    sink.ascii(`,"${name}":`)
    const reader = new JsonReader(json)
    masked += copyMasked(reader, sink, rules, masker)
    reader.assertEnd()
  }
  const { route, hook, sent, told } = call
  sink.ascii(`{"v":1,"ts":${call.ts},"service":`)
  sink.string(route?.service ?? '')
  sink.ascii(',"method":')
  sink.string(route?.method ?? '')
  if (hook !== undefined) sink.ascii(`,"hook":${JSON.stringify(hook.label)}`)
  part('call', Buffer.from(callText(call, options.args)), mask)
  if (sent !== undefined) part('request', sent, mask.member('request'))
  if (told !== undefined) part('reply', Buffer.from(hookReplyText(told)), mask.member('reply'))
  const result = resultOf(call)
  if (result !== undefined) part('result', result, mask.member('result'))
  if (call.errorCode !== undefined) sink.ascii(`,"error":"${call.errorCode}"`)
  if (masked > 0) sink.ascii(`,"masked":${masked}`)
  sink.byte(0x7d)
  return withoutLineEnds(Buffer.from(sink.take()))
}

/** As hooks are told of the call, but for secrets. */
function callText(call: Call, args: ArgumentWriter): string {
  const invocation = call.invocation as Invocation
  const attachments = new Map<string, string>()
  for (const [name, value] of invocation.attachments) attachments.set(name, SECRET_NAME.test(name) ? '***' : value)
  const route = call.route as NonNullable<Call['route']>
  return hookCallText(call, { ...invocation, attachments }, args.all(invocation, route))
}

/** What `post` returned, else what the route takes out of the reply; undefined for a call that failed. */
function resultOf({ errorCode, shaped, told, variant, route }: Call): Buffer | undefined {
  if (shaped !== undefined) return typeof shaped === 'string' ? Buffer.from(shaped) : shaped
  if (errorCode !== undefined || told === undefined || variant === undefined || route === undefined) return undefined
  if (route.returns.kind === 'void') return Buffer.from('null')
  return valueAt(findResult(variant.protocol, told.body, route.output), told.body)
}

/** Line ends stand between the tokens of JSON only, where a blank means the same. */
function withoutLineEnds(line: Buffer): Buffer {
  for (let at = line.indexOf(0x0a); at >= 0; at = line.indexOf(0x0a, at)) line[at] = 0x20
  for (let at = line.indexOf(0x0d); at >= 0; at = line.indexOf(0x0d, at)) line[at] = 0x20
  return line
}
