import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type JsonPath, JsonReader } from '#lib/json'
import { checkReply, findResult, type ModelProtocol } from '#lib/model-protocols'

/** An answer of a real server. */
export interface Recorded {
  readonly status: number
  readonly contentType: string
  readonly request: string
  readonly body: Buffer
}

interface Line {
  readonly name: string
  readonly status: number
  readonly request?: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const folder = new URL('../../../fixtures/serving/', import.meta.url)

/** The answer that was recorded under this name in `test/fixtures/serving/<file>.jsonl`. */
export function recorded(file: string, name: string): Recorded {
  const lines = readFileSync(new URL(`${file}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
  const line = lines.map((text) => JSON.parse(text) as Line).find((candidate) => candidate.name === name)
  assert.ok(line, `${file}: no answer named ${name}`)
  const { status, request, headers, body } = line
  const contentType = headers['Content-Type'] ?? headers['content-type'] ?? ''
  return { status, contentType, request: request ?? '', body: Buffer.from(body) }
}

/** The bytes of the result that is found in a recorded answer, after it was checked as the gateway does. */
export function resultOf(protocol: ModelProtocol, answer: Recorded, output?: JsonPath): string {
  checkReply(protocol, answer.status, answer.contentType, answer.body)
  return textAt(findResult(protocol, answer.body, output), answer.body)
}

/** The bytes of the value that the reader stands on. */
export function textAt(reader: JsonReader, body: Buffer): string {
  const end = new JsonReader(body, reader.pos)
  end.skip()
  return body.toString('utf8', reader.pos, end.pos)
}
