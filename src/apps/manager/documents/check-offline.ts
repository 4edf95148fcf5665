import type { Model } from '#contracts/model'
import { pointsAt } from '#contracts/split-targets'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { ManagedDocument } from './kinds.ts'

/** Throws ABOX_REFERENCE where the model's split still sends calls to the variant: it may not go offline. */
export function refuseCalled(model: Model, variant: string): void {
  const why = pointsAt(model, variant)
  if (why === undefined) return
  throw new AboxError(managerErrors.ABOX_REFERENCE, `Model ${model.name}: variant ${variant}: ${why}`)
}

/**
 * A new text takes a variant offline only where the request `offline` would. Undo, which must be quick, may move the calls in
 * the same change, and so may who takes the whole model out: whether it is used is asked then (`leavesNothing`). Throws
 * ABOX_REFERENCE.
 */
export function checkOffline(
  action: string | undefined,
  before: ManagedDocument | undefined,
  after: ManagedDocument
): void {
  if (action === 'undo' || before?.kind !== 'Model' || after.kind !== 'Model' || isOffline(after)) return
  for (const { name, state } of before.variants) {
    const goes = after.variants.some((one) => one.name === name && one.state === 'offline')
    if (state !== 'offline' && goes) refuseCalled(before, name)
  }
}

/** Takes the last variant offline: nothing is published of the model then, and gateways refuse services that name it. */
export const leavesNothing = (before: ManagedDocument | undefined, after: ManagedDocument): boolean =>
  before?.kind === 'Model' && after.kind === 'Model' && !isOffline(before) && isOffline(after)

const isOffline = ({ variants }: Model): boolean => variants.every(({ state }) => state === 'offline')
