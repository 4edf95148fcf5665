/**
 * Findings and hostile inputs, one file each in test/fixtures/corpus:
 *
 *   file    ::= note+ outcome* bytes
 *   note    ::= "#" text                               what it shows
 *   outcome ::= "#" ("decode" | "json" | "call" | "reply") (code | "ok")     what has to become of it
 *   bytes   ::= (hex | hex "*" count | "(" bytes ")" "*" count)*              white space means nothing between them
 *
 * Bytes that begin with dabb are a whole frame, others are a Hessian stream: a value, or the body of a request.
 */
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../fixtures/corpus/', import.meta.url)
const OUTCOME = /^# (decode|json|call|reply) (ABOX_\w+|ok)$/

export type OutcomeOf = 'decode' | 'json' | 'call' | 'reply'

export interface CorpusEntry {
  readonly name: string
  readonly kind: 'frame' | 'stream'
  readonly bytes: Buffer
  readonly outcomes: ReadonlyMap<OutcomeOf, string>
}

/** All of them, by name. */
export function readCorpus(): CorpusEntry[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.hex'))
    .sort()
    .map((file) => parseEntry(file.slice(0, -'.hex'.length), readFileSync(new URL(file, FOLDER), 'utf8')))
}

function parseEntry(name: string, text: string): CorpusEntry {
  const lines = text.split('\n')
  const outcomes = new Map<OutcomeOf, string>()
  for (const line of lines) {
    const match = OUTCOME.exec(line)
    if (match !== null) outcomes.set(match[1] as OutcomeOf, match[2] as string)
  }
  const bytes = expand(lines.filter((line) => !line.startsWith('#')).join(' '))
  return { name, kind: bytes[0] === 0xda && bytes[1] === 0xbb ? 'frame' : 'stream', bytes, outcomes }
}

/** The bytes of a text in the grammar above. */
export function expand(text: string): Buffer {
  const tokens = text.match(/[()]|\*\d+|(?:[0-9a-f]{2})+|\S/g) ?? []
  let at = 0
  const sequence = (): Buffer => {
    const parts: Buffer[] = []
    while (at < tokens.length && tokens[at] !== ')') {
      const token = tokens[at++] as string
      const part = token === '(' ? sequence() : Buffer.from(token, 'hex')
      if (token === '(') at++
      else if (part.length === 0) throw new Error(`found ${token}, expected hex`)
      const times = tokens[at]?.startsWith('*') ? Number((tokens[at++] as string).slice(1)) : 1
      parts.push(times === 1 ? part : Buffer.alloc(part.length * times, part))
    }
    return Buffer.concat(parts)
  }
  return sequence()
}
