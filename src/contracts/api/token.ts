import Type, { type Static } from 'typebox'
import { Role } from '../business-group.ts'

/** The most that a token may do; `gateway` is for gateways of one environment, and no role of a person. */
export const TokenRole = Type.Union([Role, Type.Literal('gateway')])
export type TokenRole = Static<typeof TokenRole>

/** A token without its text, which is shown once. */
export const Token = Type.Object({
  id: Type.String({ description: '16 hex digits' }),
  user: Type.String({ description: 'Its owner' }),
  title: Type.String(),
  role: TokenRole,
  businessGroup: Type.String({ description: 'The only one that it is good for; * = all of its owner' }),
  environment: Type.String({ description: 'The only one that it is good for; * = all of its owner' }),
  createdAt: Type.Integer({ description: 'ms since 1970' }),
  expiresAt: Type.Integer({ description: 'ms since 1970' }),
  usedAt: Type.Optional(Type.Integer({ description: 'ms since 1970, to about a minute; absent: never' })),
  revokedAt: Type.Optional(Type.Integer({ description: 'ms since 1970; absent: it was not' }))
})
export type Token = Static<typeof Token>

/** All of one user. */
export const TokenList = Type.Object({ items: Type.Array(Token) })
export type TokenList = Static<typeof TokenList>

/** The same once it was made. */
export const NewToken = Type.Object({ ...Token.properties, token: Type.String({ description: 'Shown this once' }) })
export type NewToken = Static<typeof NewToken>
