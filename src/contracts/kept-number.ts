/** Shorter ones without an exponent are kept whatever they are, characters. */
const LONG = 16

/**
 * What becomes of a number as JSON or YAML text writes it, once it has been a double and is written again, where that is
 * another number; undefined: it is kept. Further digits of a fraction do not count: who reads them makes the same double of them.
 */
export function changedNumber(text: string): string | undefined {
  const hasExponent = /[eE]/.test(text)
  if (text.length < LONG && !hasExponent) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) return 'null'
  if (value === 0) return /^[^eE]*[1-9]/.test(text) ? '0' : undefined
  return /^-?\d+$/.test(text) && String(value) !== text ? String(value) : undefined
}
