import { contractErrors } from '#contracts/errors'
import type { Variant } from '#contracts/model'
import { AboxError } from '#core/errors'

/**
 * Headers with the values of the secrets that they name. Throws ABOX_DOCUMENT_INVALID, which tells the name of a secret and
 * neither its value nor where it was looked for: viewers may read it.
 */
export function readHeaders(
  headers: Variant['headers'] = {},
  secret: (name: string) => string
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    read[name] = typeof value === 'string' ? value : readSecret(name, value.secret, secret)
  }
  return read
}

/** As gateways take it: a secret that is well here must be well there. Longest value, characters. */
const MAX_LENGTH = 4096

function readSecret(header: string, name: string, secret: (name: string) => string): string {
  const value = findSecret(header, name, secret).trimEnd()
  if (value.length <= MAX_LENGTH && /^[\x20-\x7e]+$/.test(value)) return value
  const expected = `one line of at most ${MAX_LENGTH} printable characters`
  const text = `headers.${header}: found something else in the secret "${name}" (not shown), expected ${expected}`
  throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
}

function findSecret(header: string, name: string, secret: (name: string) => string): string {
  try {
    return secret(name)
  } catch (cause) {
    const text = `headers.${header}: found no secret "${name}", expected a file of this name in outbound.secretsDir`
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text, { cause })
  }
}
