const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
/** A larger exponent would ask for numbers of any size from a few bytes. */
const MAX_EXPONENT = 999
/** Longer whole numbers are not made: digits become a bigint in more than linear time. */
export const MAX_DIGITS = 4096

/** The exact whole number that `text`, a valid JSON number, means; undefined when it has a fraction or is unreasonably large. */
export function integerOf(text: string): number | bigint | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match
  if (whole.length + fraction.length > MAX_DIGITS) return undefined
  const exponent = Number(exponentText)
  const digits = stripEndZeros(whole + fraction)
  if (digits === '' || digits === '0') return 0
  const shift = exponent - fraction.length + (whole.length + fraction.length - digits.length)
  if (shift < 0 || shift > MAX_EXPONENT) return undefined
  const value = BigInt(`${sign}${digits}${'0'.repeat(shift)}`)
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}

/** A loop, because a regular expression for this is quadratic on `100…001`. */
function stripEndZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}
