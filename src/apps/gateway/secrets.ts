import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contractErrors } from '#contracts/errors'
import { AboxError, describe } from '#core/errors'

const MAX_BYTES = 4096

/**
 * Reads secrets as orchestrators mount them: one file a secret, its name the file's. Read when a document is applied;
 * a changed file counts from the next document on.
 */
export function createSecretReader(dir: string): (name: string) => string {
  return (name) => {
    const value = readSecret(join(dir, name)).trimEnd()
    if (value.length <= MAX_BYTES && /^[\x20-\x7e]+$/.test(value)) return value
    throw new AboxError(
      contractErrors.ABOX_DOCUMENT_INVALID,
      `secret ${name}: found something else than one line of at most ${MAX_BYTES} printable characters (not shown)`
    )
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, describe(error))
  }
}
