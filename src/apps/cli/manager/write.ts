import type { ChangePlan } from '#contracts/api/change-plan'
import { type AnyDocument, findKindRow, type KindRow } from '#contracts/kinds'
import type { ManagerClient, ManagerRequest } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import type { WriteAsk } from './options.ts'
import { renderDifference, show } from './show.ts'
import { type Target, targetOf, waitForReceipts } from './wait.ts'

/** What a change of one document is, as the manager says before it is made. */
export interface Plan extends ChangePlan {
  /** What else the manager says of it. */
  readonly note?: string
}

/** What became of it. */
export interface Written extends Plan {
  readonly kind: string
  readonly key: string
  readonly dryRun: boolean
}

/** A change that the manager has, or of a dry run would have. */
export interface Made {
  readonly written: Written
  /** What gateways are to run; empty where nobody waits. */
  readonly targets: readonly Target[]
}

export async function planOf(client: ManagerClient, request: ManagerRequest): Promise<Plan> {
  const { body, note } = await client.send<ChangePlan>({ ...request, query: { ...request.query, dryRun: true } })
  return { ...body, follow: body.follow ?? [], ...(note !== undefined && { note }) }
}

/**
 * Shows the difference, and makes the change unless it is a dry run or there is nothing to change; `finishWrite` prints the
 * result and waits. Rejects with the manager's errors.
 */
export async function writeOne(
  client: ManagerClient,
  kind: KindRow,
  key: string,
  request: ManagerRequest,
  { output, dryRun, wait }: Pick<WriteAsk, 'output' | 'dryRun' | 'wait'>
): Promise<Made> {
  const plan = await planOf(client, request)
  const written = { kind: kind.kind, key, dryRun, ...plan }
  if (output === 'table') tellPlan(written)
  if (dryRun) return { written, targets: [] }
  const isChanged = plan.difference.length > 0
  let document = isChanged ? (await client.send<AnyDocument | undefined>(request)).body : undefined
  if (wait === undefined) return { written, targets: [] }
  if (!isChanged) document = (await client.find<AnyDocument>(pathOf(client, kind, key)))?.body
  const target = targetOf(kind.kind, key, document, plan.generation)
  const follow = await followTargets(client, plan)
  if (target === undefined && follow.length === 0) tellUnread(kind.kind)
  return { written, targets: [...(target === undefined ? [] : [target]), ...follow] }
}

/**
 * Prints the result for a program, then waits for the gateways where that is asked for: what was written is told also where
 * they are late. Rejects with ABOX_CLI_WAIT.
 */
export async function finishWrite(
  client: ManagerClient,
  { written, targets }: { readonly written: unknown; readonly targets: readonly Target[] },
  { output, dryRun, wait }: Pick<WriteAsk, 'output' | 'dryRun' | 'wait'>
): Promise<void> {
  showWritten(written, output)
  if (wait !== undefined && !dryRun) await waitForReceipts(client, targets, wait, tellProgress)
}

/** What gateways are to run of the documents that have changed with another one. */
export async function followTargets(client: ManagerClient, { follow }: Plan): Promise<Target[]> {
  const targets: Target[] = []
  for (const { kind, key } of follow) {
    const found = await client.find<AnyDocument>(pathOf(client, kindOfText(kind), key))
    const target = found === undefined ? undefined : targetOf(kind, key, found.body, found.generation ?? 0)
    if (target !== undefined) targets.push(target)
  }
  return targets
}

/** Progress goes to standard error: standard output is for the result. */
export const tellProgress = (line: string): void => console.error(`  ${line}`)

/** `--wait` on what is not published waits for nothing, which is said. */
export function tellUnread(kind: string): void {
  if (findKindRow(kind)?.published !== true)
    tellProgress(`no gateway reads a document of the kind ${kind}: nothing to wait for`)
}

/** Prints the result for a program; for a person it was told already. */
export function showWritten(written: unknown, output: WriteAsk['output']): void {
  if (output !== 'table') show(written, output, [], '')
}

/** Whether the change takes the whole document away. */
export const isDeletion = ({ difference }: Plan): boolean =>
  difference.some((item) => item.path === '' && !Object.hasOwn(item, 'after'))

export function tellPlan({ kind, key, dryRun, generation, difference, follow, note }: Written): void {
  if (note !== undefined) console.log(note)
  if (difference.length === 0) {
    console.log(`${kind} ${key}: nothing to change (generation ${generation})`)
    return
  }
  console.log(`${kind} ${key}: ${dryRun ? 'would be ' : ''}generation ${generation}\n${renderDifference(difference)}`)
  tellFollow(follow, dryRun)
}

/** Says of a deletion that it is one, in words. */
export function tellDeletion({ kind, key, dryRun }: Written): void {
  console.log(`${kind} ${key}: ${dryRun ? 'would be deleted' : 'deleted'}`)
}

/** The models that have copied something of an endpoint that was changed. */
export function tellFollow(follow: Plan['follow'], dryRun: boolean): void {
  for (const { kind, key, difference } of follow) {
    console.log(`${kind} ${key}: ${dryRun ? 'would follow' : 'follows'}\n${renderDifference(difference)}`)
  }
}
