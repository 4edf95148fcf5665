import Type, { type Static } from 'typebox'

/**
 * `/abox/<env>/receipts/<instance>`, ephemeral: which generation of each document an instance really runs, since when,
 * and why it refused one. Keys are `services/<key>`, `models/<name>`, `hooks/<name>`.
 */
export const Receipt = Type.Object(
  {
    v: Type.Literal(1),
    instance: Type.String(),
    epoch: Type.Integer(),
    at: Type.Integer(),
    applied: Type.Record(Type.String(), Type.Integer()),
    refused: Type.Record(Type.String(), Type.String())
  },
  { additionalProperties: false }
)
export type Receipt = Static<typeof Receipt>
