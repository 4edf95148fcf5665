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
    `{"service":${quoted(route?.service)},"method":${quoted(route?.method)},"args":${args},` +
    `"attachments":${attachmentsText(invocation)},"model":${quoted(model?.name)},` +
    `"variant":${quoted(variant?.name)},"protocol":"${variant?.protocol ?? ''}","caller":${quoted(call.caller)},"at":${call.ts}}`
  )
}

/** All but the token: it is for the gateway, and hooks can log what they see. */
function attachmentsText({ attachments }: Invocation): string {
  let text = '{'
  for (const [name, value] of attachments) {
    if (name === 'token') continue
    text += `${text.length > 1 ? ',' : ''}${quoted(name)}:${quoted(value)}`
  }
  return `${text}}`
}

/** JSON of a text: most are short and need no escapes, which is seen in half the time that `JSON.stringify` takes. */
function quoted(text = ''): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0xd800) return JSON.stringify(text)
  }
  return `"${text}"`
}

/** What `post` gets as `reply`: the model's own bytes stand in it unchanged. */
export const hookReplyText = ({ status, body }: UpstreamReply): string =>
  `{"status":${status},"body":${body.toString('utf8')}}`

/** The request body in what `pre` returned. Throws ABOX_HOOK_REQUEST. */
export function hookRequestBody(result: string): Buffer {
  const bytes = Buffer.from(result)
  const reader = new JsonReader(bytes)
  if (reader.peek() === 'object' && seek(reader, BODY)) return valueAt(reader, bytes)
  const found = `pre returned ${result.slice(0, 100)}, expected an object with body`
  throw new AboxError(gatewayErrors.ABOX_HOOK_REQUEST, found)
}

const BODY: readonly string[] = ['body']
