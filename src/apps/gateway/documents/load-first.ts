import { contractErrors } from '#contracts/errors'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Applied, Applier } from './applier.ts'
import type { LastGood } from './last-good.ts'
import type { DocumentSource } from './source.ts'

/** How long the first set may take to come before the last good one from disk is used, ms. */
const FIRST_SET_WITHIN_MS = 5000
/** How long hooks that were refused for no fault of theirs may take until their methods are served with errors, ms. */
const HOOKS_WITHIN_MS = 60_000

export interface FirstLoad {
  readonly source: DocumentSource
  readonly applier: Applier
  readonly lastGood: LastGood
  readonly kind: 'file' | 'zookeeper'
  /** The instance ran before and died: what is wrong with the documents now must not keep it from serving. */
  readonly restarted: boolean
  readonly hooksWithinMs?: number
  readonly log: Logger
}

/**
 * The set to start with. At the first start a document in a file that cannot be used stops it with one line, because
 * somebody stands in front of it; but not a hook, whose code is a third one's: its methods end with an error, all others
 * serve. A hook that was refused for no fault of its own is tried again meanwhile. Otherwise the last good set from disk comes first, so that a bad, empty or absent
 * set finds something good that it cannot replace; the receipt says what was refused.
 */
export async function loadFirst(options: FirstLoad): Promise<void> {
  const { source, applier, lastGood, kind, restarted, log, hooksWithinMs = HOOKS_WITHIN_MS } = options
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
  if (lacksHook(applier.current())) await settled(applier, hooksWithinMs)
  const { refused: all, applied } = applier.current()
  const [, refused] = Object.entries(all).find(([key]) => !key.startsWith('hooks/') && applied[key] === undefined) ?? []
  if (strict && refused !== undefined) throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, strip(refused))
}

/** Of a hook that was refused there is no version that ran before. */
const lacksHook = ({ refused, applied }: Applied): boolean =>
  Object.keys(refused).some((key) => key.startsWith('hooks/') && applied[key] === undefined)

async function settled(applier: Applier, withinMs: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, withinMs)
  await Promise.race([applier.settled(), late.promise])
  clearTimeout(timer)
}

/** The reason already begins with its code. */
const strip = (message: string): string => message.replace(/^ABOX_[A-Z_]+: /, '')
