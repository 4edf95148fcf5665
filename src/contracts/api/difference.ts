import Type, { type Static } from 'typebox'

/** One place in which two documents differ; `before` or `after` is absent where there was or is nothing. */
export const Difference = Type.Object({
  path: Type.String({ description: 'As `split.weights.legacy` or `variants[1].host`; empty: the whole document' }),
  before: Type.Optional(Type.Unknown({ description: 'Absent where there was nothing' })),
  after: Type.Optional(Type.Unknown({ description: 'Absent where there is nothing, or will be' }))
})
export type Difference = Static<typeof Difference>
