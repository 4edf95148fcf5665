import type { ManagerClient, ManagerRequest } from './client.ts'
import { type AnyDocument, type KindNames, kindOfText, pathOf } from './kinds.ts'
import type { WriteAsk } from './options.ts'
import { type Difference, renderDifference, show } from './show.ts'
import { type Target, targetOf, waitForReceipts } from './wait.ts'

/** What a change of one document is, as the manager says before it is made. */
export interface Plan {
  readonly generation: number
  readonly difference: readonly Difference[]
  /** Other documents that change with it. */
  readonly follow: readonly {
    readonly kind: string
    readonly key: string
    readonly difference: readonly Difference[]
  }[]
}

/** What became of it. */
export interface Written extends Plan {
  readonly kind: string
  readonly key: string
  readonly dryRun: boolean
}

export async function planOf(client: ManagerClient, request: ManagerRequest): Promise<Plan> {
  const { body } = await client.send<Plan>({ ...request, query: { dryRun: true } })
  return { ...body, follow: body.follow ?? [] }
}

/**
 * Shows the difference, makes the change unless it is a dry run or there is nothing to change, and waits for the gateways
 * where that is asked for. Rejects with the manager's errors and ABOX_CLI_WAIT.
 */
export async function writeOne(
  client: ManagerClient,
  kind: KindNames,
  key: string,
  request: ManagerRequest,
  { output, dryRun, wait }: Pick<WriteAsk, 'output' | 'dryRun' | 'wait'>
): Promise<Written> {
  const plan = await planOf(client, request)
  const written = { kind: kind.kind, key, dryRun, ...plan }
  if (output === 'table') tellPlan(written)
  if (dryRun) return written
  const isChanged = plan.difference.length > 0
  let document = isChanged ? (await client.send<AnyDocument | undefined>(request)).body : undefined
  if (wait === undefined) return written
  if (!isChanged) document = (await client.find<AnyDocument>(pathOf(client, kind, key)))?.body
  const target = targetOf(kind.kind, key, document, plan.generation)
  const targets = [...(target === undefined ? [] : [target]), ...(await followTargets(client, plan))]
  await waitForReceipts(client, targets, wait, tellProgress)
  return written
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

/** Prints the result for a program; for a person it was told already. */
export function showWritten(written: unknown, output: WriteAsk['output']): void {
  if (output !== 'table') show(written, output, [], '')
}

export function tellPlan({ kind, key, dryRun, generation, difference, follow }: Written): void {
  if (difference.length === 0) {
    console.log(`${kind} ${key}: nothing to change (generation ${generation})`)
    return
  }
  console.log(`${kind} ${key}: ${dryRun ? 'would be ' : ''}generation ${generation}\n${renderDifference(difference)}`)
  tellFollow(follow, dryRun)
}

/** The models that have copied something of an endpoint that was changed. */
export function tellFollow(follow: Plan['follow'], dryRun: boolean): void {
  for (const { kind, key, difference } of follow) {
    console.log(`${kind} ${key}: ${dryRun ? 'would follow' : 'follows'}\n${renderDifference(difference)}`)
  }
}
