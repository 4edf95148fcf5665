import { type Call, elapsedUs } from '../call.ts'
import type { Route, VariantTarget } from '../routing-table.ts'

/** Who writes: the same at the start of every record of an instance. */
export interface RecordSource {
  readonly instance: string
  /** Start of the instance, ms since 1970. */
  readonly epoch: number
}

/** The parts of a record that never change for a route and a variant, as JSON text. */
const routeTexts = new WeakMap<Route, string>()
const variantTexts = new WeakMap<VariantTarget, string>()

/**
 * The call record (contracts/call-record.ts) as JSON text. Written piece by piece, because JSON.stringify of an object
 * with 30 keys would be one of the dearest steps of a call; a test reads the text back against the schema.
 */
export function recordText(call: Call, source: RecordSource, seq: number, endedAt: number): string {
  const { route, variant, model, invocation, request } = call
  let text = `{"v":1,"ts":${call.ts},"instance":"${source.instance}","epoch":${source.epoch},"seq":${seq}`
  if (route !== undefined) text += routeText(route)
  else if (invocation !== undefined) {
    text += `,"service":${JSON.stringify(cut(invocation.service))},"method":${JSON.stringify(cut(invocation.method))}`
  }
  text += `,"caller":${quote(call.caller)},"callerAddr":"${request.connection.remoteAddress}"`
  if (model !== undefined) text += `,"model":"${model.name}","generation":${model.generation}`
  if (variant !== undefined) text += `${variantText(variant)},"reason":"${call.reason}"`
  if (call.hook !== undefined) text += `,"hook":"${call.hook.label}"`
  text += `,"outcome":"${call.outcome}"`
  if (call.errorCode !== undefined) text += `,"errorCode":"${call.errorCode}"`
  text += `,"dubboStatus":${call.dubboStatus}`
  text += number('httpStatus', call.httpStatus) + number('attempts', call.attempts)
  text += `,"totalUs":${elapsedUs(request.receivedAt, endedAt)},"queueUs":${elapsedUs(request.receivedAt, call.startedAt)}`
  text += number('preUs', call.preUs) + number('upstreamUs', call.upstreamUs) + number('postUs', call.postUs)
  text += number('encodeUs', call.encodeUs) + number('deadlineMs', call.deadlineMs)
  text += `,"reqBytes":${request.body.length + 16}`
  text += number('resBytes', call.resBytes)
  text += number('upstreamReqBytes', call.upstreamReqBytes) + number('upstreamResBytes', call.upstreamResBytes)
  return call.traceId === '' ? `${text}}` : `${text},"traceId":"${call.traceId}"}`
}

/** Names of applications rarely hold what JSON must escape. */
const quote = (text: string): string => (/^[\w.:@/ -]*$/.test(text) ? `"${text}"` : JSON.stringify(text))

/** What no document names came from the caller at any length. */
const cut = (text: string): string => text.slice(0, 256)

const number = (name: string, value: number | undefined): string => (value === undefined ? '' : `,"${name}":${value}`)

function routeText(route: Route): string {
  const known = routeTexts.get(route)
  if (known !== undefined) return known
  let text = `,"service":${JSON.stringify(route.service)},"method":${JSON.stringify(route.method)}`
  if (route.version !== undefined) text += `,"version":${JSON.stringify(route.version)}`
  if (route.group !== undefined) text += `,"group":${JSON.stringify(route.group)}`
  if (route.businessGroup !== undefined) text += `,"businessGroup":${JSON.stringify(route.businessGroup)}`
  routeTexts.set(route, text)
  return text
}

function variantText(variant: VariantTarget): string {
  const known = variantTexts.get(variant)
  if (known !== undefined) return known
  const text = `,"variant":${JSON.stringify(variant.name)},"cluster":${JSON.stringify(variant.cluster)}`
  variantTexts.set(variant, text)
  return text
}
