import Type, { type Static } from 'typebox'

/** Code as it is stored: by its digest. */
export const StoredBundle = Type.Object({ digest: Type.String({ description: '`sha256:` and 64 hex digits' }) })
export type StoredBundle = Static<typeof StoredBundle>
