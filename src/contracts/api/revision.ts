import Type, { type Static, type TSchema } from 'typebox'
import { AnyDocument } from '../kinds.ts'

/** A revision of a kind whose documents have this schema. */
const revisionOf = <S extends TSchema>(document: S) =>
  Type.Object({
    generation: Type.Integer(),
    deleted: Type.Boolean({ description: 'Whether it was deleted then; `document` is what it had said' }),
    changedAt: Type.Integer({ description: 'ms since 1970' }),
    changedBy: Type.String(),
    reason: Type.String(),
    document
  })

const pageOf = <S extends TSchema>(revision: S) =>
  Type.Object({ items: Type.Array(revision), next: Type.Optional(Type.Integer()) })

/** What a document said in one generation, without `generation`, `changedBy` and `reason` in it. */
export const Revision = revisionOf(AnyDocument)
export type Revision = Static<typeof Revision>

/** A page of revisions, newest first; `next` is the `before` of the next page. */
export const revisionPageOf = <S extends TSchema>(document: S) => pageOf(revisionOf(document))
export type RevisionPage = Static<ReturnType<typeof pageOf<typeof Revision>>>
