import { EMPTY } from '#contracts/emptied'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { DocumentSource, RawDocument } from './source.ts'

const FOLDERS = ['services', 'models', 'hooks', EMPTY] as const

/**
 * Documents from `/abox/<env>/{services,models,hooks}/*`, and what is empty by intention (contracts/emptied.ts), by watch
 * and timer. The session keeps the last data while ZooKeeper is away, so an outage delivers nothing and changes nothing.
 */
export function createZookeeperSource(zookeeper: ZookeeperSession, root: string): DocumentSource {
  const watches: { remove(): Promise<void> | void }[] = []
  return {
    async start(deliver, waitMs) {
      const folders = new Map<string, ReadonlyMap<string, Buffer>>()
      const known: Known = new WeakMap()
      let delivering = false
      let isNewer = false
      const first = Promise.withResolvers<void>()
      const timer = setTimeout(first.resolve, waitMs)
      /** A set that is read while another one is applied takes the place of those that wait. */
      const deliverAll = async (): Promise<void> => {
        delivering = true
        try {
          while (isNewer) {
            isNewer = false
            await deliver(toDocuments(root, folders, known))
            first.resolve()
          }
        } finally {
          delivering = false
        }
      }
      for (const folder of FOLDERS) {
        watches.push(
          zookeeper.watchTree(`${root}/${folder}`, (nodes) => {
            folders.set(folder, nodes)
            // A half-read set would look as if documents had been deleted.
            if (folders.size < FOLDERS.length) return
            clearTimeout(timer)
            isNewer = true
            if (!delivering) void deliverAll().catch(first.reject)
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

/** By the data of a node, and with its place: empty nodes may share one buffer. */
type Known = WeakMap<Buffer, { readonly folder: string; readonly name: string; readonly document: RawDocument }>

/** What stands in the folders. The session hands out the same buffer for as long as a node is not changed. */
function toDocuments(
  root: string,
  folders: ReadonlyMap<string, ReadonlyMap<string, Buffer>>,
  known: Known
): RawDocument[] {
  const documents: RawDocument[] = []
  for (const [folder, nodes] of folders) {
    for (const [name, data] of nodes) {
      let found = known.get(data)
      if (found?.name !== name || found.folder !== folder) {
        const key = `${folder}/${name}`
        found = { folder, name, document: { key, source: `${root}/${key}`, text: data.toString('utf8') } }
        known.set(data, found)
      }
      documents.push(found.document)
    }
  }
  return documents
}
