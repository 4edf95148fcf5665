import { contractErrors } from '#contracts/errors'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Applier } from './applier.ts'
import type { LastGood } from './last-good.ts'
import type { DocumentSource } from './source.ts'

/** How long the first set may take before the last good one from disk is used, ms. */
const FIRST_SET_WITHIN_MS = 5000

export interface FirstLoad {
  readonly source: DocumentSource
  readonly applier: Applier
  readonly lastGood: LastGood
  readonly kind: 'file' | 'zookeeper'
  /** The instance ran before and died: what is wrong with the documents now must not keep it from serving. */
  readonly restarted: boolean
  readonly log: Logger
}

/**
 * The set to start with. At the first start a document in a file that cannot be used stops it with one line, because
 * somebody stands in front of it; but not a hook, whose code is a third one's: its methods end with an error, all others
 * serve. Otherwise the last good set from disk comes first, so that a bad, empty or absent
 * set finds something good that it cannot replace; the receipt says what was refused.
 */
export async function loadFirst({ source, applier, lastGood, kind, restarted, log }: FirstLoad): Promise<void> {
  const strict = kind === 'file' && !restarted
  const kept = strict ? undefined : await lastGood.read()
  if (kept !== undefined) await applier.apply(kept)
  try {
    await source.start(async (documents) => {
      await applier.apply(documents)
    }, FIRST_SET_WITHIN_MS)
  } catch (error) {
    if (strict || kept === undefined) throw error
    log.error({ error: describe(error) }, 'documents not read; the last good set serves')
  }
  const { refused: all, applied } = applier.current()
  const [, refused] = Object.entries(all).find(([key]) => !key.startsWith('hooks/') && applied[key] === undefined) ?? []
  if (strict && refused !== undefined) throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, strip(refused))
}

/** The reason already begins with its code. */
const strip = (message: string): string => message.replace(/^ABOX_[A-Z_]+: /, '')
