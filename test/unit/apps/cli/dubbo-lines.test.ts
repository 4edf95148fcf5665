import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError } from '#core/errors'
import { dubboLines } from '../../../../src/apps/cli/dubbo-lines.ts'
import { type GoldenFrame, goldenFrames, REQUEST_FILES } from '../../lib/dubbo/golden.ts'

const converter = dubboLines({ base64: false, pretty: false })
const BEAT = 'dabbe2000000000000000001000000014e'

interface Frame {
  readonly header: { readonly request: boolean; readonly event: boolean; readonly status: { readonly code: number } }
  readonly kind: string
  readonly event?: string
  readonly method?: string
  readonly arguments?: readonly { readonly v?: unknown }[]
  readonly call?: { readonly method: string; readonly generic: boolean; readonly service: string }
  readonly text?: string
  readonly error?: { readonly code: string; readonly offset: number }
}

interface Line {
  readonly ok: boolean
  readonly frames: readonly Frame[]
  readonly rest: number | null
  readonly error?: { readonly code: string; readonly message: string; readonly offset: number | null }
}

function lineOf(text: string): Line {
  try {
    return JSON.parse(converter.convert(Buffer.from(text)).text.toString()) as Line
  } catch (error) {
    return JSON.parse(converter.refuse(AboxError.from(error))) as Line
  }
}

describe('abox dubbo decode', () => {
  test('a frame is printed to the letter', () => {
    assert.equal(
      converter.convert(Buffer.from(BEAT)).text.toString(),
      '{"ok":true,"frames":[{"header":{"request":true,"twoWay":true,"event":true,' +
        '"serialization":{"id":2,"name":"hessian2"},"status":{"code":0,"name":null},' +
        '"id":{"hex":"0000000000000001","decimal":"1"},"bodyBytes":1},"kind":"event","event":"heartbeat"}],"rest":0}'
    )
    assert.equal(
      converter
        .convert(Buffer.from('dabb0214ffffffffffffffff000000129402686948' + '05647562626f05322e302e325a'))
        .text.toString(),
      '{"ok":true,"frames":[{"header":{"request":false,"twoWay":false,"event":false,' +
        '"serialization":{"id":2,"name":"hessian2"},"status":{"code":20,"name":"OK"},' +
        '"id":{"hex":"ffffffffffffffff","decimal":"-1"},"bodyBytes":18},' +
        '"kind":"result","flag":{"code":4,"name":"VALUE_WITH_ATTACHMENTS"},"value":{"t":"string","v":"hi"},' +
        '"attachments":{"t":"map","id":0,"v":[[{"t":"string","v":"dubbo"},{"t":"string","v":"2.0.2"}]]}}],"rest":0}'
    )
  })

  test('a request through $invoke is printed as it stands there and as the call it is', () => {
    const [frame] = goldenFrames('request-invoke-by-generic-url') as [GoldenFrame]
    const [shown] = lineOf(frame.hex).frames
    assert.equal(shown?.method, '$invoke')
    assert.equal(shown?.arguments?.[0]?.v, 'rank')
    assert.deepEqual(shown?.call, {
      service: 'com.example.rank.RankService',
      group: null,
      version: null,
      method: 'rank',
      parameterTypes: ['com.example.rank.RankRequest'],
      generic: true,
      async: false,
      echo: false
    })
  })

  test('several frames in one line are all printed, each with numbers of its own', () => {
    const frames = [...goldenFrames('request-typed'), ...goldenFrames('response-java33')].slice(60, 120)
    const line = lineOf(frames.map(({ hex }) => hex).join(''))
    assert.deepEqual([line.ok, line.frames.length, line.rest], [true, frames.length, 0])
    for (const [i, { hex }] of frames.entries()) assert.deepEqual(line.frames[i], lineOf(hex).frames[0])
  })

  test('every recorded request and answer is printed as what it is', () => {
    for (const frame of [...REQUEST_FILES, 'response-java27', 'response-java33'].flatMap(goldenFrames)) {
      const { ok, frames, rest } = lineOf(frame.hex)
      assert.deepEqual([ok, frames.length, rest], [true, 1, 0], frame.name)
      const [shown] = frames
      if (frame.status === undefined) assert.equal(shown?.kind, 'request')
      else {
        assert.equal(shown?.header.status.code, frame.status)
        assert.equal(shown?.kind, frame.status === 20 ? 'result' : 'failure')
      }
      if (shown?.kind === 'request') {
        assert.equal(shown.method, frame.body?.[3]?.v)
        assert.equal(shown.call?.generic, shown.method?.startsWith('$invoke'), frame.name)
      }
    }
  })

  test('a body that cannot be read is an error of its frame and of the line, and the other frames are printed', () => {
    const broken = 'dabb0214000000000000000000000002' + '9179'
    const { ok, frames, rest, error } = lineOf(BEAT + broken + BEAT)
    assert.deepEqual([ok, frames.length, rest], [false, 3, 0])
    assert.equal(frames[1]?.error?.code, 'ABOX_HESSIAN_TRUNCATED')
    assert.equal(frames[1]?.error?.offset, 2)
    assert.equal(error?.offset, 17 + 16 + 2)
    assert.match(error?.message ?? '', /^frame 1: ABOX_HESSIAN_TRUNCATED/)
    assert.equal((frames[1] as unknown as { unread: string }).unread, '79')
  })

  test('what is left of a line behind whole frames is an error with its length', () => {
    const { ok, frames, rest, error } = lineOf(`${BEAT}dabbe200`)
    assert.deepEqual([ok, frames.length, rest, error?.code, error?.offset], [false, 1, 4, 'ABOX_DUBBO_FRAME', 17])
  })

  test('a line that is no hex says so', () => {
    const { ok, frames, rest, error } = lineOf('nonsense!')
    assert.deepEqual([ok, frames, rest, error?.code, error?.offset], [false, [], null, 'ABOX_CLI_BYTES', null])
  })

  test('an empty line has no frames', () => {
    assert.deepEqual(lineOf(''), { ok: true, frames: [], rest: 0 })
  })

  test('everything that was sent to and answered by Java providers gets a line', () => {
    const all = goldenFrames('malformed') as unknown as { name: string; sent: string; answer?: string; text?: string }[]
    for (const { name, sent, answer, text } of all) {
      assert.equal(typeof lineOf(sent).ok, 'boolean', name)
      if (answer === undefined || !answer.startsWith('dabb')) continue
      const { ok, frames } = lineOf(answer)
      if (frames[0]?.kind !== 'failure') continue
      assert.equal(ok, true, name)
      // The fixture has the beginning of long texts, in some behind the three bytes that announce their length.
      assert.ok(text !== undefined && frames[0].text?.includes(text.slice(3)), name)
    }
  })
})
