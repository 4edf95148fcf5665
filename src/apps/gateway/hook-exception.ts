import { AboxError } from '#core/errors'
import { exceptionResult, genericExceptionResult, type Invocation } from '#lib/dubbo'
import { decodeBytes, type HessianValue, HessianWriter, writeJsonAs } from '#lib/hessian2'
import type { JavaType } from '#lib/java-types'
import { JsonReader, seek } from '#lib/json'
import { formFor } from './answer-form.ts'
import type { Call } from './call.ts'
import { frameOf } from './error-reply.ts'
import { gatewayErrors } from './errors.ts'
import { bytesOf } from './large-answer.ts'
import type { Route } from './routing-table.ts'

/** A post hook raises a declared exception by returning `{"$exception": {"class", "message", "fields"}}`. */
const PREFIX = '{"$exception":'

export const isHookException = (text: string | Buffer): boolean =>
  typeof text === 'string' ? text.startsWith(PREFIX) : text.toString('latin1', 0, PREFIX.length) === PREFIX

/** The exception as Java declares it, its fields written by their types. Throws ABOX_HOOK_EXCEPTION, ABOX_ANSWER_TYPE. */
export function hookException(
  call: Call,
  invocation: Invocation,
  route: Route,
  text: string | Buffer,
  attachments: ReadonlyMap<string, string> | undefined
): Buffer {
  const bytes = bytesOf(text)
  const className = textAt(bytes, 'class') ?? ''
  const type = route.throws.has(className) ? route.types.resolve(className) : undefined
  if (type?.kind !== 'bean') {
    const declared = [...route.throws].join(', ') || 'none'
    throw new AboxError(
      gatewayErrors.ABOX_HOOK_EXCEPTION,
      `method ${route.method}: found $exception.class "${className.slice(0, 128)}", expected one that is listed in \`throws\` and in \`types\` (${declared})`
    )
  }
  call.outcome = 'ok'
  const message = textAt(bytes, 'message') ?? null
  const frame = frameOf(call)
  // A GenericService has no such class; what it can throw is the exception that names it.
  if (formFor(invocation) === 'generic') {
    const named = { exceptionClass: className, exceptionMessage: message ?? '', frame }
    return genericExceptionResult(call.request.requestId, named, attachments)
  }
  return exceptionResult(
    call.request.requestId,
    { className, message, fields: readFields(bytes, type.fields), frame },
    attachments
  )
}

function textAt(bytes: Buffer, name: string): string | undefined {
  const reader = new JsonReader(bytes)
  return seek(reader, ['$exception', name]) && reader.peek() === 'string' ? reader.readString() : undefined
}

/** Each declared field through its own type; a field that the hook left out is left out. */
function readFields(bytes: Buffer, types: ReadonlyMap<string, JavaType>): Record<string, HessianValue> {
  const fields: Record<string, HessianValue> = {}
  for (const [name, type] of types) {
    const reader = new JsonReader(bytes)
    if (!seek(reader, ['$exception', 'fields', name])) continue
    const writer = new HessianWriter(64)
    writeJsonAs(reader, type, writer, 'objects')
    fields[name] = decodeBytes(Buffer.from(writer.take()))[0] ?? null
  }
  return fields
}
