import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { ManagedDocument } from './kinds.ts'

/** Changes that bring something online themselves, and the way back to what a document said before, which must be quick. */
const MAY_BRING_ONLINE: ReadonlySet<string> = new Set(['online', 'undo'])

/**
 * What is offline comes online by the request that asks it first whether it is ready, and not by a new text of its
 * document. A document or variant that is new is taken as it stands: it has no calls before the split gives it some. Throws ABOX_NOT_READY with the command.
 */
export function checkOnline(
  action: string | undefined,
  before: ManagedDocument | undefined,
  after: ManagedDocument
): void {
  if (action !== undefined && MAY_BRING_ONLINE.has(action)) return
  if (before?.kind === 'Endpoint' && after.kind === 'Endpoint' && before.state === 'offline') {
    if (after.state !== 'offline') throw refused(`Endpoint ${after.name}`, `abox endpoint online ${after.name}`)
  }
  if (before?.kind !== 'Model' || after.kind !== 'Model') return
  for (const { name, state } of before.variants) {
    const variant = after.variants.find((one) => one.name === name)
    if (state !== 'offline' || variant === undefined || variant.state === 'offline') continue
    throw refused(`Model ${after.name}: variant ${name}`, `abox model online ${after.name} --variant ${name}`)
  }
}

const refused = (where: string, command: string): AboxError =>
  new AboxError(
    managerErrors.ABOX_NOT_READY,
    `${where}: found state online, expected offline until \`${command}\` has asked whether it is ready`
  )
