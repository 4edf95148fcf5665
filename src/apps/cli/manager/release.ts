import { type Hook, shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { renderTable } from '#core/table'
import type { WeighedVersion } from '../hook/documents.ts'
import { hookErrors } from '../hook/errors.ts'
import type { HookSource } from '../hook/source.ts'
import { printWeight } from '../hook/weights.ts'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { folderOf, kindOfText, pathOf } from './kinds.ts'
import { outputOf, type WriteAsk, writeAskOf } from './options.ts'
import { proveRelease, weighed } from './release-replay.ts'
import { readRollbackTarget } from './rollback-target.ts'
import { show } from './show.ts'
import { uploadCode } from './upload-bundles.ts'
import { finishWrite, showWritten, writeOne } from './write.ts'

/** Whether a release goes to the manager: unless it is about a documents file. */
export const isManaged = (input: CommandInput): boolean => textOption(input, 'documents') === undefined

/** A change of the versions of one hook at the manager. */
export interface Release {
  readonly name: string
  /** The code that the change brings. */
  readonly source?: HookSource
  /** Which version it is about, of those that are there. */
  readonly subject: (versions: readonly WeighedVersion[]) => string
  /** The versions afterwards; `found` is undefined where there is no such hook. */
  readonly decide: (found: { readonly versions: readonly WeighedVersion[] } | undefined) => readonly WeighedVersion[]
}

/**
 * Reads the hook, decides, shows the weights before and after, uploads the code, changes the document, and waits for the
 * gateways where that is asked for. Rejects with the manager's errors, ABOX_CLI_WAIT, ABOX_HOOK_REPLAY, ABOX_HOOK_GATE, and
 * what `decide` throws.
 */
export async function releaseHook(input: CommandInput, { name, source, subject, decide }: Release): Promise<number> {
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const kind = kindOfText('Hook')
  const path = pathOf(client, kind, name)
  const found = source === undefined ? await client.send<Hook>({ method: 'GET', path }) : await client.find<Hook>(path)
  const before = found === undefined ? undefined : weighed(found.body)
  const after = decide(before === undefined ? undefined : { versions: before })
  const businessGroup = found?.body.businessGroup ?? textOption(input, 'group')
  if (found === undefined && businessGroup === undefined) {
    throw usage('--group: found nothing, expected the business group of a new hook')
  }
  const digest = subject(before ?? [])
  const said = await proveRelease(input, client, {
    name,
    hook: found?.body,
    before: before ?? [],
    after,
    digest,
    source
  })
  if (ask.output === 'table' && said !== undefined) console.log(said)
  if (ask.output === 'table') console.log(renderWeights(name, before ?? [], after))
  const versions = after.map(({ digest, ppm }) => ({ digest, weight: ppm }))
  if (ask.dryRun) {
    if (ask.output === 'table') console.log('nothing was written because of --dry-run')
    showWritten({ kind: 'Hook', key: name, dryRun: true, versions }, ask.output)
    return 0
  }
  if (source !== undefined) await uploadCode(client, { ...source, businessGroup }, ask.reason)
  const body = {
    kind: 'Hook',
    name,
    ...(businessGroup !== undefined && { businessGroup }),
    ...plain(found?.body),
    versions
  }
  const expected = found?.generation ?? 'absent'
  const request = { method: 'PUT', path, body, expected, reason: ask.reason } as const
  const made = await writeOne(client, kind, name, request, ask)
  if (ask.output === 'table' && made.written.difference.length > 0) tellWayBack(name, found === undefined)
  await finishWrite(client, made, ask)
  return 0
}

function tellWayBack(name: string, isNew: boolean): void {
  console.log(`to take it back: abox ${isNew ? 'delete hook' : 'hook rollback'} ${name} --reason "…"`)
}

/**
 * Gives the hook back what it said before its last change that was not taken back; again: further back. Rejects with the
 * manager's errors, ABOX_HOOK_HISTORY, ABOX_CLI_WAIT.
 */
export async function rollBackHook(input: CommandInput, name: string): Promise<number> {
  const ask: WriteAsk = writeAskOf(input)
  const client = await openManager(input)
  const kind = kindOfText('Hook')
  const path = pathOf(client, kind, name)
  const { generation = 0 } = await client.send({ method: 'GET', path })
  const to = await readRollbackTarget(client, kind, name, path)
  if (to === undefined) {
    const text = `hook ${name}: found nothing before what generation ${generation} says, expected an earlier state`
    throw new AboxError(hookErrors.ABOX_HOOK_HISTORY, text)
  }
  const request = {
    method: 'POST',
    path: `${path}/undo`,
    body: { to },
    expected: generation,
    reason: ask.reason
  } as const
  await finishWrite(client, await writeOne(client, kind, name, request, ask), ask)
  return 0
}

/** The hooks that this user sees, with versions and weights; `name`: that one. */
export async function listHooks(input: CommandInput, name: string | undefined): Promise<number> {
  const output = outputOf(input)
  const client = await openManager(input)
  const hooks = await readHooks(client, name)
  const rows = hooks.flatMap((hook) =>
    weighed(hook).map(({ digest, ppm }) => ({
      version: `${hook.name}@${shortDigest(digest)}`,
      weight: printWeight(ppm),
      group: hook.businessGroup ?? '',
      generation: hook.generation ?? 0,
      by: hook.changedBy ?? '',
      reason: hook.reason ?? ''
    }))
  )
  show(hooks, output, rows, 'no hook')
  return 0
}

async function readHooks(client: ManagerClient, name: string | undefined): Promise<Hook[]> {
  const kind = kindOfText('Hook')
  if (name !== undefined) return [(await client.send<Hook>({ method: 'GET', path: pathOf(client, kind, name) })).body]
  const hooks: Hook[] = []
  for await (const hook of client.list<Hook>(folderOf(client, kind))) hooks.push(hook)
  return hooks
}

/** Without what the manager writes itself. */
function plain(hook: Hook | undefined): Partial<Hook> {
  const { generation: _, changedBy: __, reason: ___, ...rest } = hook ?? {}
  return rest
}

function renderWeights(name: string, before: readonly WeighedVersion[], after: readonly WeighedVersion[]): string {
  const weight = (versions: readonly WeighedVersion[], digest: string): string => {
    const version = versions.find((one) => one.digest === digest)
    return version === undefined ? '-' : printWeight(version.ppm)
  }
  const digests = [...new Set([...before, ...after].map(({ digest }) => digest))]
  return renderTable(
    digests.map((digest) => ({
      version: `${name}@${shortDigest(digest)}`,
      before: weight(before, digest),
      after: weight(after, digest)
    }))
  )
}
