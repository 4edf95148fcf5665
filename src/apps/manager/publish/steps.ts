import type { Change } from '#lib/zookeeper'
import type { PublishedNode } from './nodes.ts'
import { publishedKinds } from './published.ts'
import type { Wanted } from './wanted.ts'

/** One place where ZooKeeper is not as it should be; `wanted` is absent where nothing should be, `found` where nothing is. */
export interface Step {
  readonly place: string
  readonly wanted: Wanted | undefined
  readonly found: PublishedNode | undefined
}

/** One transaction holds at most this much: the servers refuse 1 MiB. */
const MAX_CHANGES = 50
const MAX_BYTES = 256 * 1024

/**
 * What is to be done, in an order in which no service is there before what it names: hooks, models, services are added
 * or changed, then services, models, hooks are removed.
 */
export function stepsTo(wanted: ReadonlyMap<string, Wanted>, nodes: ReadonlyMap<string, PublishedNode>): Step[] {
  const puts: Step[][] = publishedKinds.map(() => [])
  const removals: Step[][] = publishedKinds.map(() => [])
  for (const [place, document] of wanted) {
    const found = nodes.get(place)
    if (found?.data.equals(document.data)) continue
    puts[rankOf(place)]?.push({ place, wanted: document, found })
  }
  for (const [place, found] of nodes) {
    if (!wanted.has(place)) removals[rankOf(place)]?.push({ place, wanted: undefined, found })
  }
  return [...puts.flat(), ...removals.reverse().flat()]
}

const rankOf = (place: string): number => publishedKinds.findIndex(({ folder }) => place.startsWith(`${folder}/`))

/**
 * Steps that go out in one transaction each, in their order: what is to be removed is in another one than what is to stand
 * there, and each place that is `alone` has its own.
 */
export function* batchesOf(
  steps: readonly Step[],
  alone: { has(place: string): boolean } = new Set()
): Iterable<readonly Step[]> {
  let batch: Step[] = []
  let bytes = 0
  for (const step of steps) {
    const size = step.wanted?.data.length ?? 0
    const isFull = batch.length === MAX_CHANGES || bytes + size > MAX_BYTES
    const last = batch.at(-1)
    if (last !== undefined && (isFull || isOther(last, step) || alone.has(last.place) || alone.has(step.place))) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(step)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

const isOther = (a: Step, b: Step): boolean => (a.wanted === undefined) !== (b.wanted === undefined)

/** The change of a node that a step is. */
export function changeOf({ place, wanted, found }: Step, root: string): Change {
  const path = `${root}/${place}`
  if (wanted === undefined) return { kind: 'remove', path }
  return found === undefined ? { kind: 'create', path, data: wanted.data } : { kind: 'set', path, data: wanted.data }
}
