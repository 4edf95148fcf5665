import type { ZookeeperSession } from '#lib/zookeeper'
import type { DocumentSource, RawDocument } from './source.ts'

const FOLDERS = ['services', 'models', 'hooks'] as const

/**
 * Documents from `/abox/<env>/{services,models,hooks}/*`, by watch and timer. The session keeps the last data while
 * ZooKeeper is away, so an outage delivers nothing and changes nothing.
 */
export function createZookeeperSource(zookeeper: ZookeeperSession, root: string): DocumentSource {
  const watches: { remove(): Promise<void> | void }[] = []
  return {
    async start(deliver, waitMs) {
      const folders = new Map<string, ReadonlyMap<string, Buffer>>()
      let pending: Promise<void> = Promise.resolve()
      const first = Promise.withResolvers<void>()
      const timer = setTimeout(first.resolve, waitMs)
      for (const folder of FOLDERS) {
        watches.push(
          zookeeper.watchTree(`${root}/${folder}`, (nodes) => {
            folders.set(folder, nodes)
            // A half-read set would look as if documents had been deleted.
            if (folders.size < FOLDERS.length) return
            clearTimeout(timer)
            const documents = toDocuments(root, folders)
            pending = pending.then(() => deliver(documents)).then(first.resolve, first.reject)
          })
        )
      }
      await first.promise
    },
    async close() {
      for (const watch of watches) await watch.remove()
    }
  }
}

function toDocuments(root: string, folders: ReadonlyMap<string, ReadonlyMap<string, Buffer>>): RawDocument[] {
  const documents: RawDocument[] = []
  for (const [folder, nodes] of folders) {
    for (const [name, data] of nodes) {
      documents.push({ key: `${folder}/${name}`, source: `${root}/${folder}/${name}`, text: data.toString('utf8') })
    }
  }
  return documents
}
