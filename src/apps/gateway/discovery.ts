import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'

/** The workers of models as ZooKeeper lists them. */
export interface Discovery {
  /**
   * Delivers the origins of a model's workers: at once the last good ones if there are some, then each list that
   * ZooKeeper has, an empty one included. Returns how to stop it.
   */
  watch(model: string, deliver: (origins: readonly string[]) => void): () => void
  /** Node names that are no `host:port`, as found in the latest list of each model. */
  badNames(): ReadonlyMap<string, number>
  /** Resolves when the latest lists are on disk, or cannot be written. */
  close(): Promise<void>
}

export interface DiscoveryOptions {
  readonly zookeeper: Pick<ZookeeperSession, 'watchChildren'>
  /** The environment's node, as `/abox/prod`. */
  readonly root: string
  /** Where the last good lists are kept for a start without ZooKeeper. */
  readonly file: string
  readonly log: Logger
}

/**
 * ```
 * <root>/instances/<model>/<host>:<port>      host: a name, an IPv4 address, or an IPv6 address in brackets
 * ```
 * The nodes are ephemeral and belong to the workers; their data is not read.
 */
const WORKER = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):([1-9]\d{0,4})$/

/** How long lists that changed wait for others, ms. */
const WRITE_AFTER_MS = 1000

export function createDiscovery({ zookeeper, root, file, log }: DiscoveryOptions): Discovery {
  const good = readLists(file)
  const bad = new Map<string, number>()
  /** How many watch a model; only these are kept on disk. */
  const watched = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  const keep = (model: string, names: readonly string[]): void => {
    if (names.length === 0 || good.get(model)?.join() === names.join()) return
    good.set(model, names)
    // A start brings the lists of all models within a moment: they are written together.
    timer ??= setTimeout(write, WRITE_AFTER_MS).unref()
  }
  const write = (): void => {
    timer = undefined
    const lists = JSON.stringify(Object.fromEntries([...good].filter(([model]) => watched.has(model))))
    writing = writing.then(() =>
      writeWhole(file, lists).catch((error) => {
        log.error({ file, error: describe(error) }, 'last good workers not written')
      })
    )
  }

  return {
    watch(model, deliver) {
      const path = `${root}/instances/${model}`
      watched.set(model, (watched.get(model) ?? 0) + 1)
      const last = good.get(model)
      if (last !== undefined) deliver(last.map(originOf))
      const watch = zookeeper.watchChildren(path, (names) => {
        const workers = names.filter(isWorker)
        const wrong = names.length - workers.length
        bad.set(model, wrong)
        if (wrong > 0)
          log.warn({ path, wrong, first: names.find((name) => !isWorker(name)) }, 'nodes that are no host:port ignored')
        if (workers.length === 0) log.warn({ path }, 'no workers in ZooKeeper; the last good list stays')
        keep(model, workers)
        deliver(workers.map(originOf))
      })
      return () => {
        watch.remove()
        const left = (watched.get(model) ?? 1) - 1
        if (left > 0) watched.set(model, left)
        else {
          watched.delete(model)
          bad.delete(model)
        }
      }
    },
    badNames: () => bad,
    close() {
      if (timer !== undefined) {
        clearTimeout(timer)
        write()
      }
      return writing
    }
  }
}

const originOf = (name: string): string => `http://${name}`

function isWorker(name: string): boolean {
  const [, port] = WORKER.exec(name) ?? []
  return port !== undefined && Number(port) <= 65_535 && URL.canParse(originOf(name))
}

function readLists(file: string): Map<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>()
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value !== 'object' || value === null) return lists
    for (const [model, names] of Object.entries(value)) {
      const workers = Array.isArray(names) ? names.filter((name) => typeof name === 'string' && isWorker(name)) : []
      if (workers.length > 0) lists.set(model, workers)
    }
  } catch {
    // Absent at the first start; one that cannot be read is as good as none.
  }
  return lists
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, text)
  await rename(temporary, file)
}
