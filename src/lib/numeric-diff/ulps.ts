const DOUBLE = new Float64Array(1)
const BITS = new BigInt64Array(DOUBLE.buffer)
const LOWEST = -(2n ** 63n)

/** How many steps from one double to the next lead from `a` to `b`, both finite. */
export function ulpsBetween(a: number, b: number): number {
  const apart = placeOf(a) - placeOf(b)
  return Number(apart < 0n ? -apart : apart)
}

/** Doubles in the order of their size, one apart: the bits of positive ones are, those of negative ones run backwards. */
function placeOf(value: number): bigint {
  DOUBLE[0] = value
  const bits = BITS[0] as bigint
  return bits < 0n ? LOWEST - bits : bits
}
