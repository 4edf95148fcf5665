import type { Backoff } from '#core/backoff'
import { silentLogger } from '#core/logger'
import type { Connection } from '../../../../src/lib/zookeeper/connection.ts'
import type { TaskHost } from '../../../../src/lib/zookeeper/task.ts'

/** Nodes in memory with ZooKeeper's one-shot watches, which fails where it is told to: the real one cannot. */
export class FakeConnection {
  over = false
  /** Called before each operation; it may throw. */
  before: (operation: string, path: string) => void = () => {}
  readonly operations: string[] = []
  readonly #nodes = new Map<string, { data: Buffer; mzxid: Buffer; version: number }>()
  readonly #watches = new Map<string, Set<() => void>>()
  #zxid = 0

  /** What the code under test takes it for; it uses no more than this class has. */
  get connection(): Connection {
    return this as unknown as Connection
  }

  set(path: string, text: string, fire = true): void {
    const isNew = !this.#nodes.has(path)
    const mzxid = Buffer.alloc(8)
    mzxid.writeUInt32BE(++this.#zxid, 4)
    this.#nodes.set(path, { data: Buffer.from(text), mzxid, version: (this.#nodes.get(path)?.version ?? -1) + 1 })
    if (!fire) return
    this.#fire(path)
    if (isNew) this.#fire(`${path.slice(0, path.lastIndexOf('/'))} children`)
  }

  delete(path: string): void {
    this.#nodes.delete(path)
    this.#fire(path)
    this.#fire(`${path.slice(0, path.lastIndexOf('/'))} children`)
  }

  async getData(path: string, onFire?: () => void) {
    await this.#begin('read', path)
    const node = this.#nodes.get(path)
    if (node !== undefined) this.#watch(path, onFire)
    return node
  }

  text(path: string): string | undefined {
    return this.#nodes.get(path)?.data.toString()
  }

  async setDataIf(path: string, data: Buffer, version: number): Promise<boolean> {
    await this.#begin('write', path)
    if (this.#nodes.get(path)?.version !== version) return false
    this.set(path, data.toString())
    return true
  }

  async create(path: string, data: Buffer): Promise<'created' | 'exists' | 'no-parent'> {
    await this.#begin('create', path)
    const parent = path.slice(0, path.lastIndexOf('/'))
    if (parent !== '' && !this.#nodes.has(parent)) return 'no-parent'
    if (this.#nodes.has(path)) return 'exists'
    this.set(path, data.toString())
    return 'created'
  }

  async getMzxid(path: string, onFire?: () => void) {
    await this.#begin('look', path)
    this.#watch(path, onFire)
    return this.#nodes.get(path)?.mzxid
  }

  async getChildren(path: string, onFire?: () => void) {
    await this.#begin('list', path)
    if (!this.#nodes.has(path)) return undefined
    this.#watch(`${path} children`, onFire)
    const prefix = `${path}/`
    return [...this.#nodes.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  }

  async #begin(operation: string, path: string): Promise<void> {
    this.operations.push(`${operation} ${path}`)
    await Promise.resolve()
    this.before(operation, path)
  }

  #watch(key: string, onFire: (() => void) | undefined): void {
    if (onFire === undefined) return
    const watches = this.#watches.get(key) ?? new Set()
    this.#watches.set(key, watches.add(onFire))
  }

  #fire(key: string): void {
    const watches = this.#watches.get(key) ?? []
    this.#watches.delete(key)
    for (const onFire of watches) onFire()
  }
}

/** A session that has this connection, and waits 1 ms after a failure. */
export function hostOf(fake: FakeConnection): TaskHost {
  const backoff: Backoff = { next: () => 1, reset: () => {} }
  return { connection: () => (fake.over ? undefined : fake.connection), newBackoff: () => backoff, log: silentLogger }
}
