import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { JsonReader, seek } from '#lib/json'
import type { UpstreamReply } from '#lib/upstream'
import { valueAt } from './arguments.ts'
import type { Call } from './call.ts'
import { gatewayErrors } from './errors.ts'

/** What `pre` and `post` get as `call` (design: hooks), as JSON text. `args` is the JSON list of the arguments. */
export function hookCallText(call: Call, invocation: Invocation, args: string): string {
  const { route, model, variant } = call
  return (
    `{"service":${JSON.stringify(route?.service)},"method":${JSON.stringify(route?.method)},"args":${args},` +
    `"attachments":${attachmentsText(invocation)},"model":${JSON.stringify(model?.name)},` +
    `"variant":${JSON.stringify(variant?.name)},"protocol":"${variant?.protocol ?? ''}","caller":${JSON.stringify(call.caller)},"at":${call.ts}}`
  )
}

/** All but the token: it is for the gateway, and hooks can log what they see. */
function attachmentsText({ attachments }: Invocation): string {
  let text = '{'
  for (const [name, value] of attachments) {
    if (name === 'token') continue
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  return `${text}}`
}

/** What `post` gets as `reply`: the model's own bytes stand in it unchanged. */
export const hookReplyText = ({ status, body }: UpstreamReply): string =>
  `{"status":${status},"body":${body.toString('utf8')}}`

/** The request body in what `pre` returned. Throws ABOX_HOOK_REQUEST. */
export function hookRequestBody(result: string, { hook }: Pick<Call, 'hook'>): Buffer {
  const bytes = Buffer.from(result)
  const reader = new JsonReader(bytes)
  if (reader.peek() === 'object' && seek(reader, BODY)) return valueAt(reader, bytes)
  throw new AboxError(
    gatewayErrors.ABOX_HOOK_REQUEST,
    `hook ${hook?.label ?? ''}: pre returned ${result.slice(0, 100)}, expected an object with body`
  )
}

const BODY: readonly string[] = ['body']
