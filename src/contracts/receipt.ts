import Type, { type Static } from 'typebox'

/**
 * `/abox/<env>/receipts/<instance>`, ephemeral: which generation of each document an instance really runs, since when,
 * why it refused one, and which versions of hooks it has disabled. Keys are `services/<key>`, `models/<name>`, `hooks/<name>`.
 */
export const Receipt = Type.Object(
  {
    v: Type.Literal(1),
    instance: Type.String(),
    epoch: Type.Integer(),
    at: Type.Integer(),
    applied: Type.Record(Type.String(), Type.Integer()),
    refused: Type.Record(Type.String(), Type.String()),
    /** Versions of hooks that are disabled, by `name@12 hex`, with the reason; absent when there are none. */
    disabled: Type.Optional(Type.Record(Type.String(), Type.String()))
  },
  { additionalProperties: false }
)
export type Receipt = Static<typeof Receipt>
