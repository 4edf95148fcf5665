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
 * The children of a node with their data, by name, sorted; empty when the node is not there. Always the outcome of a
 * whole pass: a set read half before a failure would look as if nodes had been deleted.
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

class Tree {
  readonly #path: string
  readonly #onFire: () => void
  readonly #onListFire: () => void
  readonly #children = new Map<string, Child>()
  #listFired = true
  /** Of a pass over everything: what is still to be looked at. */
  #due = new Set<string>()
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
    if (full) this.#due = new Set(this.#children.keys())
    const stale = [...this.#children].filter(([, { fired }]) => fired).map(([name]) => name)
    await forEachChild(this.#path, [...stale, ...this.#nextDue()], (name, path) =>
      this.#readChild(connection, name, path)
    )
    if (this.#due.size > 0) this.#onFire()
    if (this.#snapshot === undefined || !this.#isCurrent(this.#snapshot)) this.#snapshot = this.#take()
    return this.#snapshot
  }

  /** Children to be looked at again that no watch has told of. */
  #nextDue(): string[] {
    const names: string[] = []
    for (const name of this.#due) {
      if (names.length === PART) break
      this.#due.delete(name)
      if (this.#children.get(name)?.fired === false) names.push(name)
    }
    return names
  }

  async #readList(connection: Connection): Promise<void> {
    this.#listFired = false
    const names = new Set(await watchedChildren(connection, this.#path, this.#onListFire))
    for (const name of this.#children.keys()) if (!names.has(name)) this.#children.delete(name)
    for (const name of names) if (!this.#children.has(name)) this.#children.set(name, this.#newChild())
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
      const node = await connection.getData(path, child.onFire)
      child.data = node?.data
      child.mzxid = node?.mzxid
      // Gone since the list was read; the watch of the list tells as well.
      if (node === undefined) this.#children.delete(name)
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
    for (const name of [...this.#children.keys()].sort()) {
      const data = this.#children.get(name)?.data
      if (data !== undefined) result.set(name, data)
    }
    return result
  }
}
