import type { Model } from './model.ts'

/** What of a model's split still sends calls to the variant; undefined: nothing does. */
export function pointsAt({ split, variants }: Pick<Model, 'split' | 'variants'>, variant: string): string | undefined {
  if (split === undefined) return variants.length === 1 ? 'it is the only variant and there is no split' : undefined
  const { weights, pins = [], kill, shadow } = split
  const ppm = weights[variant] ?? 0
  if (ppm > 0) return `split.weights.${variant} is ${ppm / 10_000}%`
  const pin = pins.find((one) => one.variant === variant)
  if (pin !== undefined) return `split.pins sends ${pin.caller} there`
  if (kill === variant) return 'split.kill sends all calls there'
  return shadow?.variant === variant ? 'split.shadow sends copies there' : undefined
}
