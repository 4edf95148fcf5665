import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { type FrameBody, type FrameContent, type InspectedFrame, inspectFrames } from '#lib/dubbo'
import { type HessianValue, HMap, HObject, printTyped } from '#lib/hessian2'
import { assertTyped } from '../hessian2/typed-json.ts'
import { bytesOf, type GoldenFrame, goldenAttachments, goldenFrames, REQUEST_FILES } from './golden.ts'

/** The only frame of these bytes. */
function inspectOne(bytes: Buffer): InspectedFrame {
  const { frames, rest, error } = inspectFrames(bytes)
  assert.equal(error, undefined)
  assert.equal(rest, 0)
  assert.equal(frames.length, 1)
  return frames[0] as InspectedFrame
}

function contentOf<K extends FrameContent['kind']>(body: FrameBody, kind: K): Extract<FrameContent, { kind: K }> {
  assert.equal(body.content.kind, kind)
  return body.content as Extract<FrameContent, { kind: K }>
}

/** Every value of a body in the order of the wire, behind the texts of a request or the flag of an answer. */
function valuesOf({ content, more }: FrameBody): HessianValue[] {
  if (content.kind === 'request') {
    const { attachments } = content
    return [...content.args, ...(attachments === undefined ? [] : [attachments]), ...more]
  }
  if (content.kind !== 'result') return [...more]
  const { value, exception, attachments } = content
  return [value, exception, attachments, ...more].filter((item) => item !== undefined)
}

function assertBody(frame: GoldenFrame, body: FrameBody, behind: number): void {
  const expected = (frame.body ?? []).slice(behind)
  const found = valuesOf(body)
  assert.equal(found.length, expected.length, frame.name)
  const known = new Map<number, HessianValue>()
  for (const [i, value] of found.entries()) assertTyped(expected[i] as never, value, `${frame.name}: ${i}`, known)
  assert.equal(body.error, undefined)
  assert.equal(body.unread.length, 0)
  assert.deepEqual(body.more, [])
}

for (const file of REQUEST_FILES) {
  test(`the recorded requests of ${file} are shown as they are`, () => {
    for (const frame of goldenFrames(file)) {
      const { header, body } = inspectOne(bytesOf(frame))
      assert.equal(header.request, true)
      assert.equal(header.event, false)
      assert.equal(header.twoWay, frame.kind === 'request', frame.name)
      assert.deepEqual(header.serialization, { id: 2, name: 'hessian2' })
      assert.deepEqual(header.status, { code: 0, name: undefined })
      assert.equal(header.requestId.toString('hex'), frame.hex.slice(8, 24))
      assert.equal(header.bodyBytes, frame.hex.length / 2 - 16)
      const content = contentOf(body, 'request')
      const texts = [content.dubboVersion, content.path, content.version, content.method, content.descriptor]
      assert.deepEqual(
        texts,
        frame.body?.slice(0, 5).map(({ v }) => v),
        frame.name
      )
      assert.equal(content.dubbox, undefined)
      assert.equal(content.args.length, content.parameterTypes?.length)
      assertBody(frame, body, 5)
      assert.ok(!(content.call instanceof AboxError))
      assert.equal(content.call.service, goldenAttachments(frame).get('path'))
      assert.equal(content.call.method, content.method.startsWith('$invoke') ? content.args[0] : content.method)
    }
  })
}

for (const file of ['response-java27', 'response-java33']) {
  test(`the recorded answers of ${file} are shown as they are`, () => {
    const names = ['EXCEPTION', 'VALUE', 'NULL_VALUE']
    for (const frame of goldenFrames(file)) {
      const { header, body } = inspectOne(bytesOf(frame))
      assert.equal(header.request, false)
      assert.equal(header.status.code, frame.status)
      if (frame.status !== 20) {
        assert.equal(
          contentOf(body, 'failure').text.length,
          frame.body?.[0]?.units ?? String(frame.body?.[0]?.v).length
        )
        continue
      }
      const { flag, exception, value } = contentOf(body, 'result')
      const code = frame.body?.[0]?.v as number
      assert.deepEqual(flag, { code, name: `${names[code % 3]}${code > 2 ? '_WITH_ATTACHMENTS' : ''}` })
      assert.equal(exception instanceof HObject, code % 3 === 0)
      assert.equal(value !== undefined, code % 3 === 1)
      assertBody(frame, body, 1)
    }
  })
}

describe('events', () => {
  test('the recorded heartbeats are heartbeats, asked and answered', () => {
    for (const frame of goldenFrames('event').filter(({ hex }) => hex !== undefined)) {
      const { header, body } = inspectOne(bytesOf(frame))
      assert.equal(header.event, true)
      assert.equal(header.request, frame.kind === 'event-request:heartbeat')
      assert.equal(contentOf(body, 'event').event, 'heartbeat')
      assert.deepEqual(body.more, [])
    }
  })

  test('a provider that stops says readonly, between answers', () => {
    const kinds = timelines().map((frames) =>
      frames.map((hex) => {
        const { content } = inspectOne(Buffer.from(hex, 'hex')).body
        return content.kind === 'event' ? content.event : content.kind
      })
    )
    assert.deepEqual(kinds, [
      ['result', 'readonly', 'result'],
      ['result', 'readonly', 'result']
    ])
  })

  test('writable and other events are told by name, and what others say is shown', () => {
    const event = (flags: string, body: string): FrameBody =>
      inspectOne(frameOf(`dabb${flags}00`, Buffer.from(body, 'hex'))).body
    assert.equal(contentOf(event('a2', '0157'), 'event').event, 'writable')
    const other = event('a2', '0158')
    assert.equal(contentOf(other, 'event').event, 'other')
    assert.deepEqual(other.more, ['X'])
    const foreign = event('f7', 'af')
    assert.equal(contentOf(foreign, 'event').event, 'heartbeat')
    assert.equal(foreign.unread.toString('hex'), 'af')
  })
})

describe('what a provider would refuse', () => {
  const malformed = new Map(
    (goldenFrames('malformed') as unknown as { name: string; sent: string }[]).map(({ name, sent }) => [name, sent])
  )
  const sent = (name: string): Buffer => Buffer.from(malformed.get(name) as string, 'hex')

  test('a request is shown although it is none that can be answered', () => {
    const body = '05322e302e32' + '0143' + '0130' + '016d' + '0377686f' + '026869' + '485a'
    const content = contentOf(inspectOne(frameOf('dabbc200', Buffer.from(body, 'hex'))).body, 'request')
    assert.ok(content.call instanceof AboxError)
    assert.equal(content.call.code, 'ABOX_DUBBO_DESCRIPTOR')
    assert.equal(content.parameterTypes, undefined)
    assert.deepEqual(content.args, ['hi'])
    assert.ok(content.attachments instanceof HMap)
  })

  test('a request without attachments has none', () => {
    assert.equal(contentOf(inspectOne(sent('no-attachments-at-all')).body, 'request').attachments, undefined)
    assert.equal(contentOf(inspectOne(sent('attachments-null')).body, 'request').attachments, null)
  })

  test('what stands behind a request is shown', () => {
    const { body } = inspectOne(sent('trailing-bytes'))
    contentOf(body, 'request')
    assert.ok(body.more.length > 0 || body.unread.length > 0)
  })

  test('the int of dubbox is shown', () => {
    const hex = '05322e302e32' + '0143' + '0130' + '016d' + '90' + '0149' + '91' + '4e'
    const content = contentOf(inspectOne(frameOf('dabbc200', Buffer.from(hex, 'hex'))).body, 'request')
    assert.equal(content.dubbox, 0)
    assert.deepEqual(content.parameterTypes, ['int'])
    assert.equal(printTyped(content.args), '[{"t":"int","v":1}]')
  })

  test('an empty body and one of other values are values', () => {
    assert.equal(inspectOne(sent('body-empty')).body.content.kind, 'values')
    const { content, more } = inspectOne(frameOf('dabb0214', Buffer.from('0161', 'hex'))).body
    assert.equal(content.kind, 'values')
    assert.deepEqual(more, ['a'])
  })

  test('of a body that breaks off, what stands before is shown, with the error and the bytes', () => {
    const whole = sent('good-echo')
    const cut = frameOf('dabbc200', whole.subarray(16, whole.length - 4))
    const { content, error, unread } = inspectOne(cut).body
    assert.ok(content.kind === 'request')
    assert.deepEqual(content.args, ['hi'])
    assert.equal(content.attachments, undefined)
    assert.equal(error?.code, 'ABOX_HESSIAN_TRUNCATED')
    assert.equal(unread[0], 0x48)
  })

  test('a body in another serialization stays bytes, and the serialization has a name', () => {
    for (const frame of goldenFrames('fastjson2')) {
      const { header, body } = inspectOne(bytesOf(frame))
      assert.deepEqual(header.serialization, { id: 23, name: 'fastjson2' })
      assert.equal(contentOf(body, 'foreign').bytes.length, header.bodyBytes)
    }
  })

  test('bytes that are no frame are refused with the place, and the frames before them shown', () => {
    const beat = Buffer.from('dabbe2000000000000000001000000014e', 'hex')
    const fault = (tail: string): readonly unknown[] => {
      const { frames, rest, error } = inspectFrames(Buffer.concat([beat, Buffer.from(tail, 'hex')]))
      return [frames.length, rest, error?.code, error?.offset]
    }
    assert.deepEqual(fault('00'), [1, 1, 'ABOX_DUBBO_FRAME', 17])
    assert.deepEqual(fault('dabc'), [1, 2, 'ABOX_DUBBO_FRAME', 17])
    assert.deepEqual(fault('dabb02'), [1, 3, 'ABOX_DUBBO_FRAME', 17])
    assert.deepEqual(fault('dabb0214000000000000000000000002' + '91'), [1, 17, 'ABOX_DUBBO_FRAME', 33])
    assert.deepEqual(fault('dabb021400000000000000ffffffffff'), [1, 16, 'ABOX_DUBBO_FRAME', 29])
    for (const name of ['negative-length', 'length-over-payload', 'garbage-then-good', 'telnet-line-ls', 'http-get'])
      assert.equal(inspectFrames(sent(name)).error?.code, 'ABOX_DUBBO_FRAME', name)
  })

  test('no bytes whatever make it throw', () => {
    const seeds = [...malformed.values()].map((hex) => Buffer.from(hex, 'hex'))
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.nat(), fc.nat(255), fc.nat(), (seed, at, byte, cut) => {
        const bytes = Buffer.from(seed.subarray(0, seed.length - (cut % 3 === 0 ? cut % seed.length : 0)))
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        const { frames, rest, error } = inspectFrames(bytes)
        assert.equal(rest > 0, error !== undefined)
        for (const { body } of frames) assert.equal(body.error === undefined || body.unread.length > 0, true)
      }),
      { numRuns: 2000 }
    )
  })
})

function frameOf(head: string, body: Buffer): Buffer {
  const header = Buffer.alloc(16)
  header.write(head, 'hex')
  header.writeInt32BE(body.length, 12)
  return Buffer.concat([header, body])
}

/** The frames that each provider sent while it was stopped. */
function timelines(): string[][] {
  const url = new URL('../../../fixtures/dubbo/event.json', import.meta.url)
  const all = JSON.parse(readFileSync(url, 'utf8')) as { timeline?: { hex?: string }[] }[]
  return all.flatMap(({ timeline }) => (timeline === undefined ? [] : [timeline.flatMap(({ hex }) => hex ?? [])]))
}
