import { isDeeper } from '#contracts/depth'

/** A document as it stands in ZooKeeper. */
export interface PublishedNode {
  readonly data: Buffer
  /** As it says itself; -1 where it says none or cannot be read. */
  readonly generation: number
}

/** The documents of an environment as ZooKeeper's watches have delivered them, over all folders. */
export class PublishedNodes {
  readonly nodes = new Map<string, PublishedNode>()
  readonly #folders: ReadonlySet<string>
  readonly #delivered = new Map<string, ReadonlyMap<string, Buffer>>()
  readonly #lastSeen = new Map<string, number>()

  constructor(folders: readonly string[]) {
    this.#folders = new Set(folders)
  }

  /** Each folder was read once; before that nothing is known to be missing. */
  get complete(): boolean {
    return this.#delivered.size === this.#folders.size
  }

  /** The generation in which a place was last seen, whether it is there now or not. */
  lastSeen(place: string): number | undefined {
    return this.#lastSeen.get(place)
  }

  /** Takes over what one folder holds now; the places that differ. */
  take(folder: string, found: ReadonlyMap<string, Buffer>): string[] {
    const before = this.#delivered.get(folder)
    this.#delivered.set(folder, found)
    const changed: string[] = []
    for (const [name, data] of found) {
      // Unchanged nodes come as the same object.
      if (before?.get(name) === data) continue
      const place = `${folder}/${name}`
      const generation = generationOf(data)
      this.nodes.set(place, { data, generation })
      this.#lastSeen.set(place, generation)
      changed.push(place)
    }
    for (const name of before?.keys() ?? []) {
      if (found.has(name)) continue
      this.nodes.delete(`${folder}/${name}`)
      changed.push(`${folder}/${name}`)
    }
    return changed
  }

  /** We have written it, whether a watch has seen that yet or not; undefined: removed it. */
  wrote(place: string, generation: number | undefined): void {
    if (generation === undefined) this.#lastSeen.delete(place)
    else this.#lastSeen.set(place, generation)
  }
}

/** The JSON value of a node; undefined where it is none, or nested deeper than anything of ours. */
export function parsed(data: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'))
    return isDeeper(value) ? undefined : value
  } catch {
    return undefined
  }
}

function generationOf(data: Buffer): number {
  const value = parsed(data)
  if (typeof value !== 'object' || value === null || !('generation' in value)) return -1
  return Number.isSafeInteger(value.generation) ? (value.generation as number) : -1
}
