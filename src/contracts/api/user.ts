import Type, { type Static } from 'typebox'

/** Somebody who can log in. What he may do stands in the documents of the business groups. */
export const User = Type.Object({
  name: Type.String(),
  title: Type.String({ description: 'For people; empty: none' }),
  disabled: Type.Boolean(),
  password: Type.Boolean({ description: 'Whether he can log in by one' }),
  createdAt: Type.Integer({ description: 'ms since 1970' })
})
export type User = Static<typeof User>
