import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { readEndpointHealth } from './endpoint-health.ts'
import { type AnyDocument, folderOf, type KindNames, keyOf, kindOfText, pathOf } from './kinds.ts'
import { managerDescribe, managerOptions, type Output, outputOf } from './options.ts'
import { show } from './show.ts'

export const getCommand: Command = {
  name: 'get',
  summary: 'list the documents of a kind, or print one',
  usage: '<KIND> [NAME] [options]',
  options: { ...managerOptions, group: { type: 'string', short: 'g' } },
  describe: { ...managerDescribe, group: 'only those of this business group' },
  examples: ['abox get models', 'abox get model rank --output yaml', 'abox get environments --output json'],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [kindText, key, more] = input.positionals
  if (more !== undefined) throw usage(`found "${more}", expected KIND and at most one NAME`)
  const kind = kindOfText(kindText)
  const output = outputOf(input)
  const client = await openManager(input)
  if (key !== undefined) {
    const { body } = await client.send<AnyDocument>({ method: 'GET', path: pathOf(client, kind, key) })
    show(body, output, await rowsOf(client, kind, output, [body]), '')
    return 0
  }
  const documents: AnyDocument[] = []
  const query = { group: textOption(input, 'group') }
  for await (const document of client.list<AnyDocument>(folderOf(client, kind), query)) documents.push(document)
  show(documents, output, await rowsOf(client, kind, output, documents), `no ${kind.plural}`)
  return 0
}

/** Documents are printed as JSON and YAML as they are; the table of endpoints also says how they are. */
async function rowsOf(
  client: ManagerClient,
  { kind }: KindNames,
  output: Output,
  documents: readonly AnyDocument[]
): Promise<object[]> {
  const rows = documents.map(rowOf)
  if (kind !== 'Endpoint' || output !== 'table' || rows.length === 0) return rows
  const health = await readEndpointHealth(client)
  return rows.map((row, index) => ({ ...row, health: health.get(keyOf(documents[index] as AnyDocument) ?? '') ?? '' }))
}

function rowOf(document: AnyDocument): object {
  return {
    name: keyOf(document) ?? '',
    group: document['businessGroup'] ?? '',
    generation: document['generation'] ?? 0,
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
    .map(([name, ppm]) => `${name} ${ppm / 10_000}%`)
    .join(', ')
  return kill === undefined ? text : `all to ${kill} (kill)`
}
