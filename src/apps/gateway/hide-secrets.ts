import type { VariantTarget } from './routing-table.ts'

/** Shorter values are no credentials, and words of any message. */
const SHORTEST = 6

/**
 * The text without values of secrets that the variant's headers were filled with: a model may repeat what it was sent in
 * its own error, and that goes to callers. Only for the path of errors.
 */
export function hideSecrets(text: string, variant: VariantTarget | undefined): string {
  if (variant === undefined) return text
  const named = Object.values(variant.source.headers ?? {})
  let shown = text
  for (const [index, header] of named.entries()) {
    // The flat list was made in the order of the document.
    const value = variant.headers[index * 2 + 1]
    if (typeof header === 'string' || value === undefined || value.length < SHORTEST) continue
    shown = shown.replaceAll(value, `(secret ${header.secret})`)
  }
  return shown
}
