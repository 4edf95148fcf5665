import type { DocumentSource, RawDocument } from '#apps/gateway'
import { emptyFolders, emptyMark } from '#contracts/emptied'

/** Documents that somebody in this process hands in. */
export class HandedDocuments implements DocumentSource {
  #deliver: ((documents: readonly RawDocument[]) => Promise<void>) | undefined
  #last: readonly RawDocument[] = []

  /** The first set is empty where none was handed in yet: the manager fills it while the gateway is there already. */
  async start(deliver: (documents: readonly RawDocument[]) => Promise<void>): Promise<void> {
    this.#deliver = deliver
    await deliver(this.#last)
  }

  /** The whole set: what it has none of is meant to be gone. Resolves when the gateway has it in force; at once while there is no gateway. */
  async hand(documents: readonly RawDocument[]): Promise<void> {
    const marks = emptyFolders(documents.map(({ key }) => key)).map((folder) => ({
      key: emptyMark(folder),
      source: 'handed in',
      text: ''
    }))
    this.#last = [...documents, ...marks]
    await this.#deliver?.(this.#last)
  }

  close(): void {
    this.#deliver = undefined
  }
}
