import type { DocumentSource, RawDocument } from '#apps/gateway'

/** Documents that somebody in this process hands in. */
export class HandedDocuments implements DocumentSource {
  #deliver: ((documents: readonly RawDocument[]) => Promise<void>) | undefined
  #last: readonly RawDocument[] = []

  /** The first set is empty where none was handed in yet: the manager fills it while the gateway is there already. */
  async start(deliver: (documents: readonly RawDocument[]) => Promise<void>): Promise<void> {
    this.#deliver = deliver
    await deliver(this.#last)
  }

  /** The whole set. Resolves when the gateway has it in force; at once while there is no gateway. */
  async hand(documents: readonly RawDocument[]): Promise<void> {
    this.#last = documents
    await this.#deliver?.(documents)
  }

  close(): void {
    this.#deliver = undefined
  }
}
