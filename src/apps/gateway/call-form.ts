import { timingSafeEqual } from 'node:crypto'
import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { gatewayErrors } from './errors.ts'
import type { Route } from './routing-table.ts'

/** How generic users may send their arguments; absent and empty mean `true` (Dubbo's GenericFilter). */
const GENERIC_KINDS: ReadonlySet<string> = new Set(['', 'true', 'false', 'raw.return'])
/** Dubbo's CallbackServiceCodec marks each argument that is a callback by an attachment of this name and its index. */
const CALLBACK = 'sys_callback_arg-'

/**
 * Refuses what a consumer may ask for and ABox does not do: arguments in another form than Hessian values, and callback
 * arguments, which the provider would have to call back. Throws ABOX_GENERIC_KIND, ABOX_CALLBACK.
 */
export function checkForm({ generic, attachments }: Invocation): void {
  const kind = attachments.get('generic')
  if (generic && kind !== undefined && !GENERIC_KINDS.has(kind)) {
    throw new AboxError(
      gatewayErrors.ABOX_GENERIC_KIND,
      `attachment generic: found "${kind.slice(0, 64)}", expected true or raw.return`
    )
  }
  for (const name of attachments.keys()) {
    if (!name.startsWith(CALLBACK)) continue
    throw new AboxError(
      gatewayErrors.ABOX_CALLBACK,
      `argument ${name.slice(CALLBACK.length, CALLBACK.length + 8)}: found a callback, expected a value`
    )
  }
}

/** The token of the service, where it has one. Throws ABOX_TOKEN, which shows neither of the two. */
export function checkToken({ token, serviceKey }: Route, { attachments }: Invocation): void {
  if (token === undefined) return
  const shown = attachments.get('token')
  if (shown !== undefined && same(shown, token)) return
  const found = shown === undefined ? 'none' : 'another one'
  throw new AboxError(gatewayErrors.ABOX_TOKEN, `attachment token: found ${found}, expected that of ${serviceKey}`)
}

/** Compares in the same time wherever the texts differ. */
function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
