import type { JsonKind } from '#lib/json'

/** Kinds of values in the words of messages. */
export const KIND_WORDS: Readonly<Record<JsonKind, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  number: 'a number',
  true: 'true',
  false: 'false',
  null: 'null',
  end: 'nothing'
}
