import type { ZookeeperSession } from '#lib/zookeeper'

/** Nodes in memory behind the part of a session that registering uses; writes are done when the test says so. */
export class FakeSession {
  readonly nodes = new Map<string, string>()
  /** What was written and removed, in order. */
  readonly acts: string[] = []
  /** While true, nothing is written. */
  away = false
  readonly #waiting: (() => void)[] = []
  readonly #kept = new Map<string, () => void>()

  /** What the code under test takes it for; it uses no more than this class has. */
  get session(): ZookeeperSession {
    return this as unknown as ZookeeperSession
  }

  back(): void {
    this.away = false
    for (const act of this.#waiting.splice(0)) act()
  }

  keepPersistent(path: string, edit: (found: Buffer | undefined) => Buffer) {
    const written = Promise.withResolvers<void>()
    const write = (): void => {
      const found = this.nodes.get(path)
      this.#set(path, edit(found === undefined ? undefined : Buffer.from(found)).toString())
      written.resolve()
    }
    this.#kept.set(path, write)
    this.#do(write)
    return { written: () => written.promise, tried: () => written.promise, letGo: () => void this.#kept.delete(path) }
  }

  setEphemeral(path: string, data: Buffer) {
    const created = Promise.withResolvers<void>()
    const update = (next: Buffer): void => this.#do(() => this.#set(path, next.toString()))
    update(data)
    this.#do(created.resolve)
    return {
      created: () => created.promise,
      update,
      remove: async (): Promise<void> => this.#do(() => this.#delete(path))
    }
  }

  async children(path: string): Promise<string[]> {
    const prefix = `${path}/`
    return [...this.nodes.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  }

  async read(path: string): Promise<Buffer | undefined> {
    const text = this.nodes.get(path)
    return text === undefined ? undefined : Buffer.from(text)
  }

  async remove(path: string): Promise<void> {
    this.#delete(path)
    // Whoever still keeps it writes it again, as a real session does by its watch.
    this.#kept.get(path)?.()
  }

  #do(act: () => void): void {
    if (this.away) this.#waiting.push(act)
    else act()
  }

  #set(path: string, text: string): void {
    if (this.nodes.get(path) === text) return
    this.acts.push(`write ${path}`)
    this.nodes.set(path, text)
  }

  #delete(path: string): void {
    if (this.nodes.delete(path)) this.acts.push(`remove ${path}`)
  }
}

/** What Dubbo's consumers read in the node of metadata. */
export interface Metadata {
  readonly app: string
  readonly revision: string
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>> & { params: Record<string, string> }>>
}

export const parseMetadata = (text: string | undefined): Metadata => JSON.parse(text ?? '') as Metadata

/** The revision that the text of an instance's node names. */
export function revisionIn(text: string): string {
  const { payload } = JSON.parse(text) as { payload: { metadata: Record<string, string> } }
  return payload.metadata['dubbo.metadata.revision'] ?? ''
}
