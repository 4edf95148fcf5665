import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { AboxError } from '#core/errors'
import { JsonReader, parsePath } from '#lib/json'
import { checkReply, findResult, type ModelProtocol, wrapRequest } from '#lib/model-protocols'

const PROTOCOLS: readonly ModelProtocol[] = ['tensorflow', 'seldon', 'v2', 'raw']

/** One `### protocol: title` of docs/protocols.md with its fenced blocks by role: input, request, answer, … */
interface Example {
  readonly protocol: ModelProtocol
  readonly title: string
  readonly blocks: ReadonlyMap<string, { readonly words: readonly string[]; readonly text: string }>
}

function examplesOf(markdown: string): Example[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [, protocol, title] = /^(\w+): (.*)$/m.exec(section) ?? []
      assert.ok(title !== undefined && PROTOCOLS.includes(protocol as ModelProtocol), section.slice(0, 60))
      const blocks = new Map<string, { words: string[]; text: string }>()
      for (const [, info = '', text = ''] of section.matchAll(/^```\w+ (.*)\n([\s\S]*?)\n```$/gm)) {
        const [role = '', ...words] = info.split(' ')
        assert.ok(!blocks.has(role), `${title}: two blocks named ${role}`)
        blocks.set(role, { words, text })
      }
      return { protocol: protocol as ModelProtocol, title, blocks }
    })
}

/** What the gateway does with the answer of an example: the text of the result. */
function resultOf({ protocol, blocks }: Example): string {
  const answer = blocks.get('answer')
  assert.ok(answer)
  const [status = '200', contentType = 'application/json'] = answer.words
  const body = Buffer.from(answer.text)
  checkReply(protocol, Number(status), contentType, body)
  const output = blocks.get('output')
  const reader = findResult(protocol, body, output === undefined ? undefined : parsePath(output.text))
  const end = new JsonReader(body, reader.pos)
  end.skip()
  return body.toString('utf8', reader.pos, end.pos)
}

/** JSON without white space between its tokens: the page is laid out for readers, numbers and texts stay literal. */
const compact = (json: string): string => json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text?: string) => text ?? '')

const message = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof AboxError)
    return error.message
  }
  return 'no error'
}

describe('docs/protocols.md', () => {
  const markdown = readFileSync(new URL('../../../docs/protocols.md', import.meta.url), 'utf8')
  const examples = examplesOf(markdown)

  for (const example of examples) {
    it(`says the truth about ${example.protocol}: ${example.title}`, () => {
      const { protocol, blocks } = example
      const text = (role: string): string | undefined => blocks.get(role)?.text
      const input = text('input')
      const wrap = (): string => wrapRequest(protocol, Buffer.from(input ?? '')).toString()
      const request = text('request')
      const result = text('result')
      if (request !== undefined) assert.equal(compact(wrap()), compact(request))
      if (result !== undefined) assert.equal(compact(resultOf(example)), compact(result))
      if (text('error') !== undefined) {
        assert.equal(message(input === undefined ? () => resultOf(example) : wrap), text('error'))
      }
      const roles = [...blocks.keys()].sort((a, b) => a.localeCompare(b)).join()
      const complete = ['answer,error', 'answer,input,request,result', 'answer,output,result', 'error,input']
      assert.ok(complete.includes(roles), `blocks ${roles}`)
    })
  }

  it('shows a success both ways and a failure for every protocol', () => {
    for (const protocol of PROTOCOLS) {
      const own = examples.filter((example) => example.protocol === protocol)
      assert.ok(
        own.some(({ blocks }) => blocks.has('request') && blocks.has('result')),
        protocol
      )
      assert.ok(
        own.some(({ blocks }) => blocks.has('error')),
        protocol
      )
    }
  })

  it('has no fenced block that is not part of an example', () => {
    const fences = markdown.match(/^```\w/gm)?.length
    assert.equal(
      fences,
      examples.reduce((sum, { blocks }) => sum + blocks.size, 0)
    )
  })
})
