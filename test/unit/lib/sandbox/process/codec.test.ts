import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import {
  FrameCutter,
  type FrameReader,
  FrameWriter,
  MAX_FRAME_BYTES
} from '../../../../../src/lib/sandbox/process/codec.ts'

const item = fc.oneof(
  fc.nat(),
  fc.constantFrom(0, 1, 999_999_999_999_999),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ';', '1,2;', '\ud800', '\u00ff', '\u0100', 'x'.repeat(300))
)

function frameOf(items: readonly (number | string)[]): Buffer {
  const writer = new FrameWriter()
  for (const each of items) {
    if (typeof each === 'number') writer.number(each)
    else writer.text(each)
  }
  return writer.take()
}

function readLike(items: readonly (number | string)[], reader: FrameReader): (number | string)[] {
  const read = items.map((each) => (typeof each === 'number' ? reader.number() : reader.text()))
  assert.ok(reader.done)
  return read
}

/** A frame of latin1 text as it stands, whatever is in it. */
function rawFrame(text: string): Buffer {
  const frame = Buffer.alloc(5 + text.length)
  frame.writeUInt32BE(1 + text.length)
  frame[4] = 1
  frame.write(text, 5, 'latin1')
  return frame
}

function readAll(bytes: Buffer, read: (reader: FrameReader) => void): void {
  new FrameCutter().push(bytes, read)
}

const isNonsense = (error: unknown): boolean => error instanceof AboxError && error.code === 'ABOX_HOOK_PROCESS'

describe('frames of the sandbox process', () => {
  it('carry numbers and any texts, however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(item, { minLength: 1 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        (frames, sizes) => {
          const stream = Buffer.concat(frames.map(frameOf))
          const cutter = new FrameCutter()
          const seen: (number | string)[][] = []
          let at = 0
          for (let i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            cutter.push(stream.subarray(at, at + size), (reader) => {
              seen.push(readLike(frames[seen.length] ?? [], reader))
            })
            at += size
          }
          assert.deepEqual(seen, frames)
        }
      )
    )
  })

  it('are one byte per unit where the text is ASCII, else two', () => {
    assert.equal(frameOf(['abc']).length, 4 + 1 + '3,;abc'.length)
    assert.equal(frameOf(['ab中']).length, 4 + 1 + 2 * '3,;ab中'.length)
  })

  it('are refused by their length alone when it is too large or too small', () => {
    for (const length of [0, 1, MAX_FRAME_BYTES + 1, 0xffff_ffff]) {
      const header = Buffer.alloc(4)
      header.writeUInt32BE(length)
      assert.throws(() => readAll(header, () => {}), isNonsense)
    }
  })

  it('are refused when their form is unknown, or has half a unit', () => {
    for (const bytes of ['0000000203ff', '0000000200ff', '0000000202ff']) {
      assert.throws(() => readAll(Buffer.from(bytes, 'hex'), () => {}), isNonsense)
    }
  })

  it('are refused when a number or a text is not as it should be', () => {
    for (const text of ['', '1,', '1;', ',;', 'x,;', '-1,;', '1.5,;', '1234567890123456,;', ' 1,;']) {
      assert.throws(() => readAll(rawFrame(text), (reader) => void reader.number()), isNonsense, text)
    }
    for (const text of ['3,;ab', '999999999999999,;ab', ';ab']) {
      assert.throws(() => readAll(rawFrame(text), (reader) => void reader.text()), isNonsense, text)
    }
    assert.throws(() => readAll(rawFrame('1,;abc'), (reader) => void (reader.text() + reader.done)), isNonsense)
  })

  it('throw nothing but an AboxError for bytes that are no stream', () => {
    const words = fc.constantFrom('0000000a01', '0000', '01', '02', '2c', '3b', '31', '39', 'ff', '000000050231002c00')
    const bytes = fc.array(words, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''), 'hex'))
    const until = performance.now() + 500
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 60 }).map(Buffer.from)), (stream) => {
        try {
          readAll(stream, (reader) => {
            for (let i = 0; !reader.done; i++)
              if (i % 2 === 0) reader.number()
              else reader.text()
          })
        } catch (error) {
          assert.ok(isNonsense(error))
        }
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: Math.max(1, until - performance.now()) }
    )
  })
})
