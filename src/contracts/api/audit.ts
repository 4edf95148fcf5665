import Type, { type Static } from 'typebox'
import { Difference } from './difference.ts'

const Text = Type.Optional(Type.String())

/** Who did what: the data of an event of `GET events`. What is absent does not go with the action. */
export const AuditEvent = Type.Object({
  seq: Type.Integer({ description: 'Grows from line to line' }),
  at: Type.Integer({ description: 'ms since 1970' }),
  actor: Type.String(),
  by: Type.String({ description: 'How he was known: session, token <id>, setup, manager' }),
  address: Type.String(),
  action: Type.String({ description: 'The verb: create, change, delete, undo, split, online …' }),
  environment: Text,
  kind: Text,
  key: Text,
  generation: Type.Optional(Type.Integer({ description: 'That the change has made' })),
  businessGroup: Text,
  reason: Text,
  request: Type.String({ description: 'Id of the request' })
})
export type AuditEvent = Static<typeof AuditEvent>

/** The same with what changed, as `GET audit` lists it. */
export const AuditLine = Type.Object({ ...AuditEvent.properties, difference: Type.Array(Difference) })
export type AuditLine = Static<typeof AuditLine>

/** A page of the audit, newest first; `next` is the `before` of the next page. */
export const AuditPage = Type.Object({ items: Type.Array(AuditLine), next: Type.Optional(Type.Integer()) })
export type AuditPage = Static<typeof AuditPage>
