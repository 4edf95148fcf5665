import { stringify } from 'yaml'
import type { Receipts } from '#contracts/api/receipts'
import type { Revision, RevisionPage } from '#contracts/api/revision'
import { type AnyDocument, publishedPlace } from '#contracts/kinds'
import { type Command, type CommandInput, textOption } from '#core/command'
import { renderTable } from '#core/table'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindAndName, pathOf } from './kinds.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { readReceipts, stateOf } from './receipts.ts'
import { show, shownTime } from './show.ts'

export const describeCommand: Command = {
  name: 'describe',
  summary: 'show one document, what it said before, and which generation of it each gateway runs',
  usage: '<KIND> <NAME> [options]',
  options: { ...managerOptions, revisions: { type: 'string' } },
  describe: { ...managerDescribe, revisions: 'so many of its last revisions; default 5, at most 100' },
  examples: [
    'abox describe model rank --environment prod',
    'abox describe service com.example.rank.RankService --revisions 20',
    'abox describe hook shape --output json'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const { kind, key } = kindAndName(input)
  const output = outputOf(input)
  const limit = textOption(input, 'revisions') ?? '5'
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 100) {
    throw usage(`--revisions: found "${limit}", expected 1 to 100`)
  }
  const client = await openManager(input)
  const path = pathOf(client, kind, key)
  const { body: document } = await client.send<AnyDocument>({ method: 'GET', path })
  const { body } = await client.send<RevisionPage>({
    method: 'GET',
    path: `${path}/revisions`,
    query: { limit }
  })
  const place = publishedPlace(kind.kind, key)
  const instances =
    place === undefined ? undefined : instancesOf(await readReceipts(client, { places: [place] }), place)
  if (output !== 'table') {
    show({ document, revisions: body.items, ...(instances !== undefined && { instances }) }, output, [], '')
    return 0
  }
  console.log(`${stringify(document).trimEnd()}\n\nRevisions:\n${renderTable(body.items.map(rowOf))}`)
  if (instances === undefined) return 0
  console.log(`\nGateways:\n${instances.length === 0 ? 'none is there' : renderTable(instances)}`)
  return 0
}

const rowOf = ({ generation, changedAt, changedBy, reason, deleted }: Revision): object => ({
  generation,
  when: shownTime(changedAt),
  by: changedBy,
  what: deleted ? 'deleted' : 'written',
  reason
})

/** What each gateway runs of one place. */
function instancesOf({ instances, published }: Receipts, place: string): object[] {
  return instances
    .filter(({ role }) => role === 'gateway')
    .map((instance) => ({
      instance: instance.instance,
      runs: instance.applied?.[place] ?? '-',
      published: published[place] ?? '-',
      state: stateOf(instance, place, published[place])
    }))
}
