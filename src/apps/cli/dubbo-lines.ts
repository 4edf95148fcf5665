/**
 * What `abox dubbo decode` makes of a line.
 *
 *   line    ::= {"ok":true,"frames":[frame, …],"rest":0}
 *             | {"ok":false,"frames":[frame, …],"rest":bytes behind the last whole frame,"error":error}
 *                                                             rest is null when the line itself cannot be read
 *   frame   ::= {"header":header, content, "more"?, "error"?, "unread"?}
 *   header  ::= {"request","twoWay","event","serialization":{"id","name"},"status":{"code","name"},
 *                "id":{"hex","decimal"},"bodyBytes"}
 *   content ::= "kind":"request","dubboVersion","path","version","method","dubbox"?,"descriptor","parameterTypes",
 *               "arguments":[typed value, …],"attachments"?: typed value,("call":call | "refused":error)
 *             | "kind":"result","flag":{"code","name"},("value" | "exception")?: typed value,"attachments"?: typed value
 *             | "kind":"failure","text"                     an answer with a status other than 20
 *             | "kind":"event","event":"heartbeat" | "readonly" | "writable" | "other"
 *             | "kind":"foreign","body":hex                 in another serialization than hessian2
 *             | "kind":"values"                             sound Hessian that is none of these; it stands in "more"
 *   call    ::= {"service","group","version","method","parameterTypes","generic","async","echo"}
 *   more    ::= [typed value, …]                            behind what the content has a place for
 *   unread  ::= hex                                         from the byte that "error" speaks of; a foreign event
 *   error   ::= {"code","message","offset"}
 *
 * `call` is how ABox understands the request: by its attachments first, and through `$invoke`; a name that nobody gave is
 * null there. `refused` says why ABox would not take it. Ids of typed values are those of one body, printed in the
 * order of the wire. Offsets of a frame's own error count from the first byte of its body, those of the line from the first
 * byte of the line.
 */
import { AboxError } from '#core/errors'
import { type FrameContent, type FrameHeader, type InspectedFrame, type Invocation, inspectFrames } from '#lib/dubbo'
import { type HessianValue, TypedPrinter } from '#lib/hessian2'
import type { JsonSink } from '#lib/json'
import { parseCapture } from './capture-bytes.ts'
import type { LineConverter } from './convert-lines.ts'
import { errorOf, finish, type LineError, MAX_CAPTURE_LINE, newSink } from './hessian-lines.ts'

/** `abox dubbo decode` */
export function dubboLines({ base64, pretty }: { readonly base64: boolean; readonly pretty: boolean }): LineConverter {
  return {
    maxBytes: MAX_CAPTURE_LINE,
    complains: false,
    convert(line) {
      const { frames, rest, error } = inspectFrames(parseCapture(line, base64))
      const fault = firstFault(frames) ?? (error === undefined ? undefined : errorOf(error))
      const sink = newSink()
      sink.ascii(`{"ok":${fault === undefined},"frames":[`)
      for (const [i, frame] of frames.entries()) {
        if (i > 0) sink.ascii(',')
        printFrame(sink, frame)
      }
      sink.ascii(`],"rest":${rest}`)
      if (fault !== undefined) member(sink, 'error', fault)
      sink.ascii('}')
      return { text: finish(sink, pretty), ok: fault === undefined }
    },
    refuse: (error) => JSON.stringify({ ok: false, frames: [], rest: null, error: errorOf(error) })
  }
}

/** The first error inside a frame, in words and with an offset that mean the line. */
function firstFault(frames: readonly InspectedFrame[]): LineError | undefined {
  for (const [i, { body, bodyOffset }] of frames.entries()) {
    if (body.error === undefined) continue
    const { code, message, offset } = errorOf(body.error)
    return { code, message: `frame ${i}: ${message}`, offset: bodyOffset + (offset ?? 0) }
  }
  return undefined
}

function printFrame(sink: JsonSink, { header, body }: InspectedFrame): void {
  const printer = new TypedPrinter(sink)
  sink.ascii('{"header":')
  printHeader(sink, header)
  printContent(sink, printer, body.content)
  if (body.more.length > 0) typedList(sink, printer, 'more', body.more)
  if (body.error !== undefined) member(sink, 'error', errorOf(body.error))
  if (body.unread.length > 0) member(sink, 'unread', body.unread.toString('hex'))
  sink.ascii('}')
}

function printHeader(
  sink: JsonSink,
  { request, twoWay, event, serialization, status, requestId, bodyBytes }: FrameHeader
): void {
  const id = { hex: requestId.toString('hex'), decimal: String(requestId.readBigInt64BE(0)) }
  const named = { code: status.code, name: status.name ?? null }
  sink.ascii(JSON.stringify({ request, twoWay, event, serialization, status: named, id, bodyBytes }))
}

function printContent(sink: JsonSink, printer: TypedPrinter, content: FrameContent): void {
  member(sink, 'kind', content.kind)
  switch (content.kind) {
    case 'request': {
      const { dubboVersion, path, version, method, dubbox, descriptor, parameterTypes } = content
      members(sink, { dubboVersion, path, version, method, dubbox, descriptor, parameterTypes: parameterTypes ?? null })
      typedList(sink, printer, 'arguments', content.args)
      typed(sink, printer, 'attachments', content.attachments)
      if (content.call instanceof AboxError) member(sink, 'refused', errorOf(content.call))
      else member(sink, 'call', callOf(content.call))
      return
    }
    case 'result':
      member(sink, 'flag', content.flag)
      typed(sink, printer, 'value', content.value)
      typed(sink, printer, 'exception', content.exception)
      typed(sink, printer, 'attachments', content.attachments)
      return
    case 'failure':
      member(sink, 'text', content.text)
      return
    case 'event':
      member(sink, 'event', content.event)
      return
    case 'foreign':
      member(sink, 'body', content.bytes.toString('hex'))
      return
    case 'values':
      return
  }
}

function callOf({ service, group, version, method, parameterTypes, generic, async, echo }: Invocation): object {
  return {
    service,
    group: group ?? null,
    version: version ?? null,
    method,
    parameterTypes: parameterTypes ?? null,
    generic,
    async,
    echo
  }
}

/** Members of plain JSON; those that are `undefined` are left out. */
function members(sink: JsonSink, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) member(sink, name, value)
}

function member(sink: JsonSink, name: string, value: unknown): void {
  sink.ascii(`,"${name}":`)
  if (typeof value === 'string') sink.string(value)
  else sink.raw(Buffer.from(JSON.stringify(value)))
}

function typed(sink: JsonSink, printer: TypedPrinter, name: string, value: HessianValue | undefined): void {
  if (value === undefined) return
  sink.ascii(`,"${name}":`)
  printer.value(value)
}

function typedList(sink: JsonSink, printer: TypedPrinter, name: string, values: readonly HessianValue[]): void {
  sink.ascii(`,"${name}":`)
  printer.values(values)
}
