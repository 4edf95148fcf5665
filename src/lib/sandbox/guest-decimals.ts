/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Rounds the decimal digits that a double is printed with, as Java's BigDecimal.
 */
export function makeDecimals(): Record<string, unknown> {
  const MODES = ['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN']
  return { round }

  /** BigDecimal.valueOf(value).setScale(digits, mode).doubleValue(). */
  function round(value: number, digits = 0, mode = 'HALF_UP'): number {
    if (!MODES.includes(mode)) throw new TypeError(`round: found mode "${mode}", expected one of ${MODES.join(', ')}`)
    if (!(digits >= 0 && digits <= 100 && digits % 1 === 0))
      throw new TypeError(`round: found ${digits} digits, expected 0 to 100`)
    if (!(value > -Infinity && value < Infinity)) return value
    const [, sign = '', whole = '', part = '', power = '0'] =
      /^(-?)(\d+)\.?(\d*)e?([+-]?\d*)$/.exec(String(value)) ?? []
    const scale = part.length - Number(power)
    const cut = scale - digits
    if (cut <= 0) return value
    const all = whole + part
    // Digits that are cut off: those behind `kept`; zeros stand in front where there are fewer.
    const kept = cut >= all.length ? '0' : all.slice(0, all.length - cut)
    const rest = '0'.repeat(Math.max(0, cut - all.length)) + all.slice(Math.max(0, all.length - cut))
    const up = /[1-9]/.test(rest) && isUp(mode, sign === '-', kept, rest)
    const result = `${sign}${up ? BigInt(kept) + 1n : kept}e-${digits}`
    return Number(result)
  }

  function isUp(mode: string, negative: boolean, kept: string, rest: string): boolean {
    if (mode === 'UP' || mode === 'DOWN') return mode === 'UP'
    if (mode === 'CEILING' || mode === 'FLOOR') return negative === (mode === 'FLOOR')
    const first = rest.charCodeAt(0) - 48
    if (first !== 5 || /[1-9]/.test(rest.slice(1))) return first >= 5
    return mode === 'HALF_UP' || (mode === 'HALF_EVEN' && Number(kept.slice(-1)) % 2 === 1)
  }
}
