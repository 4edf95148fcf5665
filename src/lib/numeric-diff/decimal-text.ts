const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d+))?$/
/** Exponents with more digits are compared as they are written. */
const EXPONENT_DIGITS = 15

/** Whether two JSON numbers, not `NaN` or infinite, mean exactly the same: `1e3` and `1000.0` do. In linear time. */
export function sameDecimal(left: string, right: string): boolean {
  if (left === right) return true
  const a = normalize(left)
  return a !== undefined && a === normalize(right)
}

/** Sign, digits without zeros at both ends, and the power of ten of the last one. */
function normalize(text: string): string | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponentSign = '', exponent = '0'] = match
  if (exponent.length > EXPONENT_DIGITS) return undefined
  const all = whole + fraction
  let start = 0
  while (all.charCodeAt(start) === 0x30) start++
  let end = all.length
  while (end > start && all.charCodeAt(end - 1) === 0x30) end--
  if (start === end) return '0'
  const power = (exponentSign === '-' ? -Number(exponent) : Number(exponent)) - fraction.length + (all.length - end)
  return `${sign}${all.slice(start, end)}e${power}`
}
