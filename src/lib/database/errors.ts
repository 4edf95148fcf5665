import { errorRows } from '#core/errors'

export const databaseErrors = errorRows({
  ABOX_DATABASE_URL: {
    fault: 'operator',
    retryable: false,
    text: 'The address of the database cannot be used.',
    remedy: 'Write sqlite:<file> or postgres://user@host/database; the password belongs into the password file.'
  },
  ABOX_DATABASE_AWAY: {
    fault: 'operator',
    retryable: true,
    text: 'The database does not answer, is locked or is full; nothing was written, unless its answer was lost.',
    remedy:
      'Bring the database back, make room in it, or end what holds it; then look whether it was written, and send it again if not.'
  },
  ABOX_DATABASE_TEXT: {
    fault: 'caller',
    retryable: false,
    text: 'A text has a character that the database does not keep: U+0000.',
    remedy: 'Send it without that character.'
  },
  ABOX_DATABASE_SCHEMA: {
    fault: 'operator',
    retryable: false,
    text: 'The tables of the database could not be brought to the state that this version needs.',
    remedy: 'Read the detail; a database of a newer version needs that version.'
  }
})
