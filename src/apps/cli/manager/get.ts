import type { RevisionPage } from '#contracts/api/revision'
import { type AnyDocument, type KindRow, keyOf } from '#contracts/kinds'
import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { readEndpointHealth } from './endpoint-health.ts'
import { watchKind } from './get-watch.ts'
import { folderOf, kindOfText, pathOf, refuseEnvironment } from './kinds.ts'
import { managerDescribe, managerOptions, type Output, outputOf } from './options.ts'
import { show, shownShare, shownTime } from './show.ts'

export const getCommand: Command = {
  name: 'get',
  summary: 'list the documents of a kind, or print one',
  usage: '<KIND> [NAME] [options]',
  options: {
    ...managerOptions,
    group: { type: 'string', short: 'g' },
    watch: { type: 'boolean', short: 'w' },
    for: { type: 'string' },
    count: { type: 'string' }
  },
  describe: {
    ...managerDescribe,
    output: 'table (default), json, yaml, or name: the names alone, one a line',
    group: 'only those of this business group; without NAME and --watch',
    watch: 'then tell each change of the kind, a line for each, until Ctrl-C; without NAME',
    for: 'with --watch: end after so many seconds',
    count: 'with --watch: end after so many changes'
  },
  examples: [
    'abox get models',
    'abox get model rank --output yaml',
    'abox get environments --output json',
    'abox get models -o name | xargs -n 1 abox describe model',
    'abox get models --watch'
  ],
  run
}

/** Documents with when each was changed, ms since 1970. */
interface Found {
  readonly documents: AnyDocument[]
  readonly changedAt: number[]
}

async function run(input: CommandInput): Promise<number> {
  const [kindText, key, more] = input.positionals
  if (more !== undefined) throw usage(`found "${more}", expected KIND and at most one NAME`)
  const kind = kindOfText(kindText)
  refuseEnvironment(input, kind)
  const isWatching = refuseStrange(input, key)
  const isName = textOption(input, 'output') === 'name'
  const output = isName ? 'table' : outputOf(input)
  if (isWatching && (isName || output === 'yaml')) {
    throw usage(`--output: found "${textOption(input, 'output')}" with --watch, expected table or json`)
  }
  const client = await openManager(input)
  if (isWatching) return watchKind(input, client, kind, output, () => list(client, kind, output, undefined))
  if (isName && key === undefined) {
    const { documents } = await readAll(client, kind, textOption(input, 'group'))
    for (const document of documents) console.log(keyOf(document))
    return 0
  }
  if (key === undefined) return list(client, kind, output, textOption(input, 'group'))
  const path = pathOf(client, kind, key)
  const { body } = await client.send<AnyDocument>({ method: 'GET', path })
  if (isName) console.log(keyOf(body))
  else if (output !== 'table') show(body, output, [], '')
  else {
    const query = { limit: 1 }
    const revisions = await client.send<RevisionPage>({
      method: 'GET',
      path: `${path}/revisions`,
      query
    })
    const found = { documents: [body], changedAt: revisions.body.items.map(({ changedAt }) => changedAt) }
    show(body, output, await rowsOf(client, kind, output, found), '')
  }
  return 0
}

/** Whether to watch. Options that would do nothing are refused. ABOX_CLI_USAGE. */
function refuseStrange({ options }: CommandInput, key: string | undefined): boolean {
  const isWatching = options['watch'] === true
  const strange = key === undefined ? (isWatching ? ['group'] : ['for', 'count']) : ['group', 'watch', 'for', 'count']
  const found = strange.find((name) => options[name] !== undefined)
  if (found === undefined) return isWatching
  const why = key === undefined ? (isWatching ? 'with --watch' : 'without --watch') : 'with a NAME'
  throw usage(`--${found}: found it ${why}, where it does nothing`)
}

async function list(client: ManagerClient, kind: KindRow, output: Output, group: string | undefined): Promise<number> {
  const found = await readAll(client, kind, group)
  show(found.documents, output, await rowsOf(client, kind, output, found), `no ${kind.plural}`)
  return 0
}

async function readAll(client: ManagerClient, kind: KindRow, group: string | undefined): Promise<Found> {
  const found: Found = { documents: [], changedAt: [] }
  const pages = client.pages<AnyDocument>(folderOf(client, kind), { group })
  for await (const { items, changedAt = [] } of pages) {
    found.documents.push(...items)
    found.changedAt.push(...changedAt)
  }
  return found
}

/** Documents are printed as JSON and YAML as they are; the table of endpoints also says how they are. */
async function rowsOf(
  client: ManagerClient,
  { kind }: KindRow,
  output: Output,
  { documents, changedAt }: Found
): Promise<object[]> {
  if (output !== 'table') return []
  const rows = documents.map((document, index) => rowOf(document, changedAt[index]))
  if (kind !== 'Endpoint' || rows.length === 0) return rows
  const health = await readEndpointHealth(client)
  return rows.map((row, index) => ({ ...row, health: health.get(keyOf(documents[index] as AnyDocument) ?? '') ?? '' }))
}

function rowOf(document: AnyDocument, changedAt: number | undefined): object {
  return {
    name: keyOf(document) ?? '',
    group: document['businessGroup'] ?? '',
    generation: document['generation'] ?? 0,
    changed: changedAt === undefined ? '' : shownTime(changedAt),
    by: document['changedBy'] ?? '',
    reason: document['reason'] ?? '',
    ...aboutOf(document)
  }
}

/** What of a kind is worth a column. */
function aboutOf(document: AnyDocument): object {
  if (document.kind === 'Model') return { split: weightsOf(document['split']) }
  if (document.kind === 'Cluster') return { type: document['type'] }
  if (document.kind === 'Endpoint') return { origin: document['origin'], state: document['state'] ?? 'online' }
  return {}
}

function weightsOf(split: unknown): string {
  const weights = (split as { readonly weights?: Readonly<Record<string, number>> } | undefined)?.weights ?? {}
  const kill = (split as { readonly kill?: string } | undefined)?.kill
  const text = Object.entries(weights)
    .map(([name, ppm]) => `${name} ${shownShare(ppm)}`)
    .join(', ')
  return kill === undefined ? text : `all to ${kill} (kill)`
}
