import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { AboxError } from '#core/errors'
import { JsonReader, LargeOutline, parsePath } from '#lib/json'
import { checkLargeReply, checkReply, findLargeResult, findResult, type ModelProtocol } from '#lib/model-protocols'
import { textAt } from './recorded.ts'

const SERVING = new URL('../../../fixtures/serving/', import.meta.url)
const ALL: readonly ModelProtocol[] = ['tensorflow', 'seldon', 'v2', 'raw']

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const recordedAnswers: readonly Answer[] = readdirSync(SERVING)
  .flatMap((file) => readFileSync(new URL(file, SERVING), 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Answer)
  .filter(({ body }) => typeof body === 'string')

/** The text of the result, or the message of the error. */
function outcome(find: () => JsonReader, body: Buffer): string {
  try {
    return textAt(find(), body)
  } catch (error) {
    assert.ok(error instanceof AboxError)
    return error.message
  }
}

function inSlices<T>(slices: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
  }
}

function both(protocol: ModelProtocol, status: number, contentType: string, text: string, output?: string): string[] {
  const body = Buffer.from(text)
  const path = output === undefined ? undefined : parsePath(output)
  const atOnce = outcome(() => {
    checkReply(protocol, status, contentType, body)
    const reader = new JsonReader(body)
    reader.skip()
    reader.assertEnd()
    return findResult(protocol, body, path)
  }, body)
  const sliced = outcome(() => {
    const outline = new LargeOutline(body, 16)
    inSlices(checkLargeReply(protocol, status, contentType, outline, 10))
    return inSlices(findLargeResult(protocol, outline, 10, path))
  }, body)
  return [sliced, atOnce]
}

describe('an answer that is read in slices', () => {
  it('has the same result as one that is read at once, or ends with the same error', () => {
    assert.ok(recordedAnswers.length > 50)
    for (const { status, headers, body } of recordedAnswers) {
      const contentType = headers['Content-Type'] ?? headers['content-type'] ?? ''
      for (const protocol of ALL) {
        for (const output of [undefined, '', 'outputs[0].data[1]', 'data.names', 'predictions']) {
          const [sliced, atOnce] = both(protocol, status, contentType, body, output)
          assert.equal(sliced, atOnce, `${protocol}, ${output}: ${body}`)
        }
      }
    }
  })

  it('is no JSON when it begins with other text, and is broken JSON when it only ends so', () => {
    for (const text of ['no such model', '"an open string', '12 apples', '', '   ', 'nothing', '{"a":1', '[1,2]]']) {
      const [sliced, atOnce] = both('raw', 200, 'text/plain', text)
      assert.equal(sliced, atOnce)
    }
    assert.match(both('raw', 200, 'text/plain', '12 apples')[0] as string, /^ABOX_MODEL_NOT_JSON/)
    assert.match(both('raw', 200, 'text/plain', '[1,2]]')[0] as string, /^ABOX_JSON_SYNTAX/)
  })

  it('says what is there where the result is not', () => {
    const [sliced] = both('seldon', 200, '', `{"a":[${'1,'.repeat(50)}1],"${'k'.repeat(50)}":2,"b":3}`)
    assert.match(sliced as string, /found an object with a, a long key, b$/)
  })
})
