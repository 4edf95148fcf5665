import Type, { type Static } from 'typebox'

/** What one endpoint of a variant has answered. */
export const EndpointTrial = Type.Object({
  origin: Type.String(),
  ready: Type.Boolean(),
  sample: Type.Optional(
    Type.Boolean({
      description: 'Whether it answered the sample; absent: the model has none, or the endpoint is not ready'
    })
  ),
  why: Type.String({ description: 'Why not; empty where all is well' })
})
export type EndpointTrial = Static<typeof EndpointTrial>

/** The answer to `POST …/variants/<variant>/try`. */
export const VariantTrial = Type.Object({
  endpoints: Type.Array(EndpointTrial),
  note: Type.String({ description: 'What was not asked; empty: nothing was left out' })
})
export type VariantTrial = Static<typeof VariantTrial>
