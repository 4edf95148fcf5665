import Type, { type Static } from 'typebox'

/*
 * What a gateway runs, as it stands in ZooKeeper: ephemeral nodes in `/abox/<env>/receipts`, so few that each stays
 * small, and so many that a change of one document changes one of them (docs/adr/006).
 *
 *   name  = instance                part 0
 *         / instance "~" part       parts 1 … parts − 1, decimal
 *   data  = JSON of ReceiptPart
 *
 * An instance's receipt is there when part 0 is, and all the other ones that it counts, with the same `epoch` and the
 * same `parts`. Each document stands in one part; in which one is the writer's choice.
 */

/** In `refused`, in place of a document: the whole set. */
export const WHOLE_SET = '(all)'

/** In `disabled`, in place of a version: that there are more of them than are named, with how many. */
export const MORE = '(more)'

/** Keys are `services/<key>`, `models/<name>`, `hooks/<name>`; in `refused` also WHOLE_SET. */
export const ReceiptPart = Type.Object(
  {
    v: Type.Literal(2),
    instance: Type.String(),
    epoch: Type.Integer(),
    /** When this part was written, wall clock of the instance, ms. */
    at: Type.Integer(),
    part: Type.Integer({ minimum: 0 }),
    parts: Type.Integer({ minimum: 1 }),
    /** Generation in force. */
    applied: Type.Record(Type.String(), Type.Integer()),
    /** Why a document as published is not in force. */
    refused: Type.Record(Type.String(), Type.String()),
    /** In part 0: versions of hooks that are disabled, by `name@12 hex`, with the reason, also MORE; absent when there are none. */
    disabled: Type.Optional(Type.Record(Type.String(), Type.String()))
  },
  { additionalProperties: false }
)
export type ReceiptPart = Static<typeof ReceiptPart>

/**
 * All parts together: which generation of each document an instance really runs, why it refused one, and which versions of
 * hooks it has disabled. `at`: of the part that was written last.
 */
export interface Receipt extends Readonly<Omit<ReceiptPart, 'v' | 'part' | 'parts'>> {}

/** Name of the node of a part. */
export const receiptNode = (instance: string, part: number): string => (part === 0 ? instance : `${instance}~${part}`)

/** Whose part a node is, and which one. */
export function readReceiptNode(name: string): { readonly instance: string; readonly part: number } {
  const [, instance = name, part = '0'] = /^(.*)~([1-9]\d{0,8})$/.exec(name) ?? []
  return { instance, part: Number(part) }
}
