import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isDeeper, TOO_DEEP } from '#contracts/depth'
import { changedNumber } from '#contracts/kept-number'
import { AboxError } from '#core/errors'
import { pathOf } from '#lib/json'
import { managerErrors } from '../errors.ts'

/**
 * Bodies are JSON of so many levels that everything may walk them, and of numbers that are kept: a whole number with more
 * digits than a double has would be stored, and sent to models, as another one. Ends requests with ABOX_REQUEST_INVALID.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => {
      void parse(request, text, (error: Error | null, body: unknown) => done(error ?? refusalOf(text, body), body))
    }
  )
}

function refusalOf(text: string, body: unknown): AboxError | null {
  if (isDeeper(body)) return invalid(`body: ${TOO_DEEP}`)
  for (const { at, number } of numbersOf(text)) {
    const changed = changedNumber(number)
    if (changed === undefined) continue
    const path = pathOf(Buffer.from(text), 0, Buffer.byteLength(text.slice(0, at)))
    const what = number.length > 40 ? `${number.slice(0, 40)}…` : number
    return invalid(`body: ${path}: found ${what}, which would become ${changed}, expected a number that a double holds`)
  }
  return null
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NUMBER = /-?\d[\d.eE+-]*/y

/** All numbers of a text that is JSON. A loop: for a long string an expression would need memory for each character. */
function* numbersOf(text: string): Iterable<{ readonly at: number; readonly number: string }> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at
      const number = NUMBER.exec(text)?.[0] ?? ''
      yield { at, number }
      at += number.length - 1
    }
  }
}

/** Index of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

const invalid = (text: string): AboxError => new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
