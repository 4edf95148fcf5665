import Type, { type Static } from 'typebox'
import { Role } from '../business-group.ts'

/** Who sends the requests, and what he may: the answer to a log-in and to `GET session`. */
export const Session = Type.Object({
  user: Type.String(),
  by: Type.String({ description: 'session, or token <id>' }),
  csrf: Type.Optional(Type.String({ description: 'For the header x-abox-csrf; only of a session' })),
  expiresAt: Type.Optional(Type.Integer({ description: 'Of a session, ms since 1970' })),
  grants: Type.Array(
    Type.Object({
      businessGroup: Type.String(),
      role: Role,
      environment: Type.String({ description: '* = every one, and what belongs to none' })
    })
  )
})
export type Session = Static<typeof Session>
