import Type, { type Static, type TSchema } from 'typebox'

const next = Type.Optional(Type.String({ description: '`after` of the next page; absent: it is the last one' }))

/** A part of a list. It may be shorter than what was asked for. */
export const pageOf = <S extends TSchema>(item: S) => Type.Object({ items: Type.Array(item), next })

/** The same of documents that have this schema. */
export const documentPageOf = <S extends TSchema>(document: S) =>
  Type.Object({
    items: Type.Array(document),
    changedAt: Type.Array(Type.Integer({ description: 'Of the item at this place, ms since 1970' })),
    next
  })

const AnyPage = documentPageOf(Type.Unknown())

/** A part of a list; `changedAt` is there where the items are documents. */
export type Page<T> = Partial<Static<typeof AnyPage>> & { readonly items: readonly T[] }
