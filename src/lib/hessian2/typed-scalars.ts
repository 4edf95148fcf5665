const WHOLE = /^(?:0|-?[1-9]\d{0,18})$/
const HEX = /^[0-9a-fA-F]*$/
const BITS = /^[0-9a-fA-F]{16}$/
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const INT64 = 2n ** 63n

/** A whole number of 32 bits; undefined for everything else. */
export function parseInt32(json: unknown): number | undefined {
  // The bitwise operation also makes 0 of −0.
  return typeof json === 'number' && (json | 0) === json ? json | 0 : undefined
}

/** A text of a whole number of 64 bits; undefined for everything else. */
export function parseInt64(json: unknown): bigint | undefined {
  if (typeof json !== 'string' || !WHOLE.test(json)) return undefined
  const value = BigInt(json)
  return value >= -INT64 && value < INT64 ? value : undefined
}

/** A text of a double as typed-print.ts writes them; undefined for everything else, numbers beyond the largest included. */
export function parseDouble(json: unknown): number | undefined {
  if (json === 'NaN') return Number.NaN
  if (json === 'Infinity') return Number.POSITIVE_INFINITY
  if (json === '-Infinity') return Number.NEGATIVE_INFINITY
  if (typeof json !== 'string' || !DECIMAL.test(json)) return undefined
  const value = Number(json)
  return Number.isFinite(value) ? value : undefined
}

/** The double of 16 hex digits, every NaN as the one NaN; undefined for everything else. `scratch` has 8 bytes. */
export function parseBits(json: unknown, scratch: DataView): number | undefined {
  if (typeof json !== 'string' || !BITS.test(json)) return undefined
  scratch.setUint32(0, Number.parseInt(json.slice(0, 8), 16))
  scratch.setUint32(4, Number.parseInt(json.slice(8), 16))
  const value = scratch.getFloat64(0)
  return Number.isNaN(value) ? Number.NaN : value
}

/** A text of pairs of hex digits; undefined for everything else. */
export function parseBytes(json: unknown): Buffer | undefined {
  if (typeof json !== 'string' || json.length % 2 !== 0 || !HEX.test(json)) return undefined
  return Buffer.from(json, 'hex')
}
