import type { Closeable } from '#core/lifecycle'

/** One document as it was found, before it is checked. */
export interface RawDocument {
  /** `services/<key>`, `models/<name>` or `hooks/<name>`; `empty/<folder>` is no document: see contracts/emptied.ts. */
  readonly key: string
  /** Where it stands, for messages: a file with the document's number, or a ZooKeeper path. */
  readonly source: string
  /** JSON text; two documents with the same text are the same. */
  readonly text: string
}

/** Where documents come from. The last good set stays in force whatever a source does. */
export interface DocumentSource extends Closeable {
  /**
   * Delivers the whole set now and after every change. Resolves when the first delivery is over, however long that
   * takes, or after `waitMs` when none has begun (ZooKeeper away); rejects only when the first set cannot be used and
   * there is no hope (file).
   */
  start(deliver: (documents: readonly RawDocument[]) => Promise<void>, waitMs: number): Promise<void>
}
