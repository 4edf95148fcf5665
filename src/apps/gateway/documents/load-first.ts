import { contractErrors } from '#contracts/errors'
import { AboxError } from '#core/errors'
import type { Applier } from './applier.ts'
import type { LastGood } from './last-good.ts'
import type { DocumentSource } from './source.ts'

/** How long the first set may take before the last good one from disk is used, ms. */
const FIRST_SET_WITHIN_MS = 5000

/**
 * The set to start with. A document in a file that cannot be used stops the start with one line, because somebody
 * stands in front of it; from ZooKeeper the rest is served and the receipt says what was refused. When nothing comes
 * in time, the last good set serves until it does.
 */
export async function loadFirst(
  source: DocumentSource,
  applier: Applier,
  lastGood: LastGood,
  kind: 'file' | 'zookeeper'
): Promise<void> {
  let delivered = false
  await source.start(async (documents) => {
    delivered = true
    await applier.apply(documents)
  }, FIRST_SET_WITHIN_MS)
  if (!delivered) {
    const kept = await lastGood.read()
    // A set that came meanwhile is newer than the kept one.
    if (kept !== undefined && !delivered) await applier.apply(kept)
    return
  }
  const refused = Object.values(applier.current().refused)[0]
  if (kind === 'file' && refused !== undefined)
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, strip(refused))
}

/** The reason already begins with its code. */
const strip = (message: string): string => message.replace(/^ABOX_[A-Z_]+: /, '')
