import { AboxError } from '#core/errors'
import { checkData, checkPath } from './address.ts'
import { type Access, aclFor, type Client, CODE, modeFor } from './client-api.ts'
import { zookeeperErrors } from './errors.ts'
import { shownPath } from './shown-path.ts'

/** One part of a transaction. `version`: of the node's data; without it any. */
export type Change =
  | { readonly kind: 'check'; readonly path: string; readonly version?: number }
  | { readonly kind: 'create'; readonly path: string; readonly data: Buffer; readonly access?: Access }
  | { readonly kind: 'set'; readonly path: string; readonly data: Buffer; readonly version?: number }
  | { readonly kind: 'remove'; readonly path: string; readonly version?: number }

/** `index`: of the first change that could not be done, for which none was. */
export type TransactionOutcome =
  | { readonly done: true }
  | { readonly done: false; readonly index: number; readonly why: string }

/** What other writers bring about: answers, not failures. */
const WHY: ReadonlyMap<number, string> = new Map([
  [CODE.NO_NODE, 'there is no such node'],
  [CODE.BAD_VERSION, 'its data has another version'],
  [CODE.NODE_EXISTS, 'the node exists'],
  [CODE.NOT_EMPTY, 'the node has children']
])
export const CONFLICTS: readonly number[] = [...WHY.keys()]

type Transaction = ReturnType<Client['transaction']>

/** `authenticated`: the connection has credentials. */
export function addChange(transaction: Transaction, change: Change, authenticated: boolean): void {
  const { path } = change
  if (change.kind === 'create') {
    const acls = aclFor(change.access ?? 'own', authenticated)
    transaction.create(path, change.data, acls, modeFor('persistent'))
    return
  }
  if (change.kind === 'set') transaction.setData(path, change.data)
  else if (change.kind === 'check') transaction.check(path)
  else transaction.remove(path)
  const operation = transaction.ops.at(-1)
  // The package takes version 0, that of a node nobody has written yet, for "any".
  if (operation !== undefined && change.version !== undefined) operation.version = change.version
}

/** Those before the one that failed have code 0, those behind it another one. */
export function firstFailure(code: number, results: readonly { readonly err?: number }[]): TransactionOutcome {
  const index = results.findIndex(({ err = 0 }) => err !== 0)
  return { done: false, index: Math.max(0, index), why: WHY.get(code) ?? `error ${code}` }
}

/** Throws ABOX_ZK_PATH, ABOX_ZK_TOO_LARGE. */
export function checkChanges(changes: readonly Change[]): void {
  for (const change of changes) {
    checkPath(change.path)
    if ('data' in change) checkData(change.path, change.data)
  }
}

/** Throws ABOX_ZK_CONFLICT unless it was done. */
export function assertDone(outcome: TransactionOutcome, changes: readonly Change[]): void {
  if (outcome.done) return
  const change = changes[outcome.index]
  const text = `${change?.kind} ${shownPath(change?.path ?? '')}: ${outcome.why}`
  throw new AboxError(zookeeperErrors.ABOX_ZK_CONFLICT, text)
}
