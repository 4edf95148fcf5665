import { AboxError } from '#core/errors'
import type { Connection } from './connection.ts'
import { forEachChild, watchedChildren } from './nodes.ts'
import type { Watched } from './watch.ts'

interface Child {
  data: Buffer | undefined
  mzxid: Buffer | undefined
  /** Its watch fired since it was read. */
  fired: boolean
  readonly onFire: () => void
}

/**
 * The children of a node with their data, by name, sorted; empty when the node is not there. A child that may not be read
 * has no data. Always the outcome of a whole pass: a set read half before a failure would look as if nodes had been deleted.
 */
export const childData: Watched<ReadonlyMap<string, Buffer>> = {
  what: 'children and their data of',
  reader: (path, onFire) => {
    const tree = new Tree(path, onFire)
    return (connection, full) => tree.read(connection, full)
  },
  same: (a, b) => a === b
}

/** A pass over everything goes in parts of so many children: a change that comes meanwhile is not to wait for its end. */
const PART = 200
/**
 * On a connection that has its watches a pass looks at so many children at the most, and the next one at those behind them:
 * it is a net below the watches, and many who watch a large tree would keep the servers busy with it.
 */
const REGULAR = 1000

class Tree {
  readonly #path: string
  readonly #onFire: () => void
  readonly #onListFire: () => void
  readonly #children = new Map<string, Child>()
  #listFired = true
  /** Of a pass over everything: what is still to be looked at. */
  readonly #due = new Set<string>()
  /** The connection on which all was looked at; another one has no watches of ours. */
  #connection: Connection | undefined = undefined
  /** What regular passes have still to look at until they begin anew. */
  #round: string[] = []
  /** Names of all children, sorted; undefined: to be sorted anew. */
  #sorted: readonly string[] | undefined = undefined
  #snapshot: ReadonlyMap<string, Buffer> | undefined = undefined

  constructor(path: string, onFire: () => void) {
    this.#path = path
    this.#onFire = onFire
    this.#onListFire = () => {
      this.#listFired = true
      onFire()
    }
  }

  /** The same map again when nothing differs. */
  async read(connection: Connection, full: boolean): Promise<ReadonlyMap<string, Buffer>> {
    if (full || this.#listFired) await this.#readList(connection)
    // A Set keeps what waits in front: where no connection lives as long as a pass takes, all have their turn.
    if (full)
      for (const name of this.#connection === connection ? this.#nextOfRound() : this.#children.keys())
        this.#due.add(name)
    if (full) this.#connection = connection
    const stale = [...this.#children].filter(([, { fired }]) => fired).map(([name]) => name)
    const due = this.#nextDue()
    await forEachChild(this.#path, [...stale, ...due], (name, path) => this.#readChild(connection, name, path))
    for (const name of due) this.#due.delete(name)
    if (this.#due.size > 0) this.#onFire()
    if (this.#snapshot === undefined || !this.#isCurrent(this.#snapshot)) this.#snapshot = this.#take()
    return this.#snapshot
  }

  #nextOfRound(): string[] {
    if (this.#round.length === 0) this.#round = [...this.#children.keys()]
    return this.#round.splice(0, REGULAR)
  }

  /** Children to be looked at again that no watch has told of. */
  #nextDue(): string[] {
    const names: string[] = []
    for (const name of this.#due) {
      if (names.length === PART) break
      // What fired is read in any case.
      if (this.#children.get(name)?.fired === false) names.push(name)
      else this.#due.delete(name)
    }
    return names
  }

  async #readList(connection: Connection): Promise<void> {
    this.#listFired = false
    const names = new Set(await watchedChildren(connection, this.#path, this.#onListFire))
    for (const name of this.#children.keys()) if (!names.has(name)) this.#drop(name)
    for (const name of names) {
      if (this.#children.has(name)) continue
      this.#children.set(name, this.#newChild())
      this.#sorted = undefined
    }
  }

  #drop(name: string): void {
    this.#children.delete(name)
    this.#sorted = undefined
  }

  #newChild(): Child {
    const child: Child = {
      data: undefined,
      mzxid: undefined,
      fired: true,
      onFire: () => {
        child.fired = true
        this.#onFire()
      }
    }
    return child
  }

  async #readChild(connection: Connection, name: string, path: string): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined) return
    const changed = child.fired
    child.fired = false
    try {
      // The regular pass over everything should not move everything: an unchanged transaction id is an unchanged node.
      if (!changed && child.mzxid !== undefined) {
        const mzxid = await connection.getMzxid(path, child.onFire)
        if (mzxid?.equals(child.mzxid)) return
      }
      const node = await readNode(connection, path, child.onFire)
      child.data = node?.data
      child.mzxid = node?.mzxid
      // Gone since the list was read; the watch of the list tells as well.
      if (node === undefined) this.#drop(name)
    } catch (error) {
      // No set is delivered before it was read.
      child.fired = true
      throw error
    }
  }

  #isCurrent(snapshot: ReadonlyMap<string, Buffer>): boolean {
    if (snapshot.size !== this.#children.size) return false
    for (const [name, { data }] of this.#children) {
      const before = snapshot.get(name)
      if (before === undefined || (data !== before && data?.equals(before) !== true)) return false
    }
    return true
  }

  #take(): ReadonlyMap<string, Buffer> {
    const result = new Map<string, Buffer>()
    this.#sorted ??= [...this.#children.keys()].sort()
    for (const name of this.#sorted) {
      const data = this.#children.get(name)?.data
      if (data !== undefined) result.set(name, data)
    }
    return result
  }
}

const UNREADABLE = { data: Buffer.alloc(0), mzxid: undefined }

/**
 * What we may not read is there all the same, and holds up no other node. Servers leave no watch for who may not read: it is
 * read anew at each pass that comes to it.
 */
async function readNode(
  connection: Connection,
  path: string,
  onFire: () => void
): Promise<{ readonly data: Buffer; readonly mzxid: Buffer | undefined } | undefined> {
  try {
    return await connection.getData(path, onFire)
  } catch (error) {
    if (!(error instanceof AboxError && error.code === 'ABOX_ZK_DENIED')) throw error
    return UNREADABLE
  }
}
