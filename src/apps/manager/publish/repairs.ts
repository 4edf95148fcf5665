import type { Kysely } from 'kysely'
import type { Difference } from '#contracts/api/difference'
import { managerActor } from '../actor.ts'
import { differences } from '../documents/difference.ts'
import { type AuditEntry, writeAudit } from '../store/audit.ts'
import type { Store } from '../store/open-store.ts'
import type { Tables } from '../store/schema.ts'
import { type PublishedNodes, parsed } from './nodes.ts'
import { documentAt, publishedText } from './published.ts'
import type { Step } from './steps.ts'

/** A step that is needed because somebody else wrote or deleted. */
export interface Repair extends Step {
  readonly what: string
}

/** More repairs at once are told in one row together: a wiped store is one event. */
const MAX_ROWS = 20
const MAX_DIFFERENCES = 20
const MAX_VALUE = 500
const MAX_NAMES = 100

/**
 * The steps that are no consequence of a change in the store. What stands in ZooKeeper is ours when it is, byte for byte,
 * what a revision of the document is published as; a place that is empty was emptied by somebody when it was last seen
 * with the generation that is wanted. `gone`: places of what was published before this process began, and was not there.
 */
export async function findRepairs(
  store: Store,
  scope: string,
  steps: readonly Step[],
  nodes: PublishedNodes,
  gone: ReadonlySet<string>
): Promise<Repair[]> {
  const repairs: Repair[] = []
  for (const step of steps) {
    if (step.found === undefined) {
      const isGone = gone.has(step.place) || nodes.lastSeen(step.place) === step.wanted?.generation
      if (isGone) repairs.push({ ...step, what: 'the node was gone' })
    } else if (!(await isOurs(store, scope, step))) {
      const what = step.wanted === undefined ? 'nobody has published this here' : 'the node held something else'
      repairs.push({ ...step, what })
    }
  }
  return repairs
}

async function isOurs(store: Store, scope: string, { place, found }: Step): Promise<boolean> {
  if (found === undefined || found.generation < 1) return false
  const { kind, key } = documentAt(place)
  const row = await store.read((db) =>
    db
      .selectFrom('revisions')
      .selectAll()
      .where('scope', '=', scope)
      .where('kind', '=', kind)
      .where('key', '=', key)
      .where('generation', '=', found.generation)
      .executeTakeFirst()
  )
  const text = row === undefined ? undefined : publishedText(row)
  return text !== undefined && found.data.equals(Buffer.from(text))
}

/**
 * One audit row for each repair, or one for all where there are many. `total`: how many there were, of which `repairs` are
 * known. `at`: wall clock, ms.
 */
export async function auditRepairs(
  db: Kysely<Tables>,
  scope: string,
  { repairs, total }: { readonly repairs: readonly Repair[]; readonly total: number },
  at: number
): Promise<void> {
  if (total <= MAX_ROWS) {
    for (const repair of repairs) await writeAudit(db, entryOf(scope, repair), at)
    return
  }
  const difference = repairs.slice(0, MAX_NAMES).map(({ place, what }) => ({ path: place, before: what }))
  const reason = `ZooKeeper differed at ${total} places${total > MAX_NAMES ? `, of which ${MAX_NAMES} are named` : ''}`
  await writeAudit(
    db,
    { actor: managerActor, action: 'repair', scope: '', kind: 'Environment', key: scope, reason, difference },
    at
  )
}

function entryOf(scope: string, { place, what, wanted, found }: Repair): AuditEntry {
  return {
    actor: managerActor,
    action: 'repair',
    scope,
    ...documentAt(place),
    generation: wanted?.generation ?? 0,
    businessGroup: wanted?.businessGroup ?? '',
    reason: `ZooKeeper: ${what}`,
    difference: differenceOf(found?.data, wanted?.data)
  }
}

/** Empty where it cannot be told: that something was repaired is told all the same. */
function differenceOf(found: Buffer | undefined, wanted: Buffer | undefined): Difference[] {
  try {
    const before = found === undefined ? undefined : (parsed(found) ?? found.toString('utf8'))
    const after = wanted === undefined ? undefined : parsed(wanted)
    return differences(before, after).slice(0, MAX_DIFFERENCES).map(bounded)
  } catch {
    return []
  }
}

/** What a stranger wrote may be as long as he likes. */
function bounded({ path, ...sides }: Difference): Difference {
  const cut = Object.entries(sides).map(([side, value]) => {
    const text = JSON.stringify(value)
    return [side, text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : value] as const
  })
  return { path: path.slice(0, MAX_VALUE), ...Object.fromEntries(cut) }
}
