import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type FrameFault, FrameSplitter } from '../../../../src/lib/dubbo/splitter.ts'
import { bytesOf, goldenRequests } from './golden.ts'

const PAYLOAD = 8 * 1024 * 1024

function record(payloadBytes = PAYLOAD, skipBytes = 0) {
  const frames: string[] = []
  const broken: { fault: FrameFault; header: string }[] = []
  const skips: number[] = []
  const splitter = new FrameSplitter(
    payloadBytes,
    {
      onFrame: (frame) => frames.push(frame.toString('hex')),
      onBroken: (fault, header) => broken.push({ fault, header: header.toString('hex') }),
      onSkip: () => skips.push(frames.length)
    },
    skipBytes
  )
  return { splitter, frames, broken, skips }
}

const header = (length: number, magic = 'dabb'): Buffer => {
  const bytes = Buffer.from(`${magic}c2000123456789abcdef00000000`, 'hex')
  bytes.writeInt32BE(length, 12)
  return bytes
}

describe('the frame splitter', () => {
  const golden = goldenRequests()
    .map(bytesOf)
    .filter((bytes) => bytes.length < 1000)
    .slice(0, 6)
  const stream = Buffer.concat(golden)
  const expected = golden.map((bytes) => bytes.toString('hex'))

  it('cuts the same frames wherever the stream is split in two', () => {
    for (let at = 0; at <= stream.length; at++) {
      const { splitter, frames } = record()
      splitter.push(Buffer.from(stream.subarray(0, at)), 1)
      splitter.push(Buffer.from(stream.subarray(at)), 2)
      assert.deepEqual(frames, expected, `split at ${at}`)
      assert.equal(splitter.bufferedBytes, 0)
    }
  })

  it('cuts the same frames when every byte comes alone', () => {
    const { splitter, frames } = record()
    for (const byte of stream) splitter.push(Buffer.of(byte), 1)
    assert.deepEqual(frames, expected)
  })

  it('cuts the same frames for any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const { splitter, frames } = record()
        let at = 0
        for (let i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] as number
          splitter.push(Buffer.from(stream.subarray(at, at + size)), 1)
          at += size
        }
        assert.deepEqual(frames, expected)
      }),
      { numRuns: 200 }
    )
  })

  it('hands out frames with an empty body', () => {
    const { splitter, frames } = record()
    splitter.push(Buffer.concat([header(0), header(0)]), 1)
    assert.equal(frames.length, 2)
  })

  it('breaks at the first byte that is not the magic, and says nothing more', () => {
    const { splitter, frames, broken } = record()
    splitter.push(Buffer.concat([stream, Buffer.from('status\r\n')]), 1)
    splitter.push(stream, 2)
    assert.deepEqual(frames, expected)
    assert.deepEqual(broken, [{ fault: 'bad_magic', header: Buffer.from('status\r\n').toString('hex') }])
  })

  it('breaks at the second byte of the magic, also when it comes later', () => {
    const { splitter, broken } = record()
    splitter.push(Buffer.of(0xda), 1)
    assert.equal(broken.length, 0)
    splitter.push(Buffer.of(0xbc), 2)
    assert.deepEqual(broken, [{ fault: 'bad_magic', header: 'dabc' }])
  })

  it('breaks at a length of 2 GiB as soon as the header is whole, with nothing allocated', () => {
    const { splitter, broken } = record()
    const bytes = header(0x7fffffff)
    splitter.push(bytes.subarray(0, 15), 1)
    splitter.push(bytes.subarray(15), 2)
    assert.deepEqual(broken, [{ fault: 'too_large', header: bytes.toString('hex') }])
    assert.equal(splitter.bufferedBytes, 0)
  })

  it('tells a negative length from one that is too large', () => {
    for (const [length, fault] of [
      [-1, 'bad_length'],
      [-0x80000000, 'bad_length'],
      [PAYLOAD + 1, 'too_large']
    ] as const) {
      const { splitter, broken } = record()
      splitter.push(header(length), 1)
      assert.equal(broken[0]?.fault, fault)
    }
  })

  it('takes a body of exactly the limit', () => {
    const { splitter, frames, broken } = record(100)
    splitter.push(Buffer.concat([header(100), Buffer.alloc(100), header(101)]), 1)
    assert.equal(frames.length, 1)
    assert.equal(broken[0]?.fault, 'too_large')
  })

  it('keeps at most 4 KiB or twice of what has come of a frame', () => {
    const { splitter, frames } = record()
    splitter.push(header(PAYLOAD), 1)
    for (let sent = 16; sent < 16 + PAYLOAD; sent += 1024) {
      assert.ok(splitter.bufferedBytes <= Math.max(4096, 2 * sent), `${splitter.bufferedBytes} kept of ${sent}`)
      splitter.push(Buffer.alloc(1024), 1)
    }
    assert.equal(frames.length, 1)
    assert.equal(splitter.bufferedBytes, 0)
  })

  it('knows since when a frame is not whole and whether its header is', () => {
    const { splitter } = record()
    const partialHeader = (): string | undefined => splitter.partialHeader?.toString('hex')
    assert.equal(splitter.partialSince, undefined)
    splitter.push(header(100).subarray(0, 5), 7)
    splitter.push(Buffer.of(), 8)
    assert.equal(splitter.partialSince, 7)
    assert.equal(partialHeader(), undefined)
    splitter.push(header(100).subarray(5), 9)
    assert.equal(splitter.partialSince, 7)
    assert.equal(partialHeader(), header(100).toString('hex'))
    splitter.push(Buffer.concat([Buffer.alloc(100), header(1)]), 10)
    assert.equal(splitter.partialSince, 10)
  })

  it('hands out views of the chunk, and an own buffer only for a frame that came in pieces', () => {
    const kept: Buffer[] = []
    const splitter = new FrameSplitter(PAYLOAD, { onFrame: (frame) => kept.push(frame), onBroken: () => {} })
    const chunk = Buffer.from(stream)
    splitter.push(chunk, 1)
    assert.ok(kept.every((frame) => frame.buffer === chunk.buffer))
    splitter.push(Buffer.from(stream.subarray(0, 40)), 1)
    splitter.push(Buffer.from(stream.subarray(40, (golden[0] as Buffer).length)), 1)
    assert.equal(kept.at(-1)?.length, golden[0]?.length)
    assert.equal(kept.at(-1)?.toString('hex'), expected[0])
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 10 }), fc.boolean(), (chunks, magic) => {
        const { splitter } = record(1000)
        if (magic) splitter.push(header(50), 1)
        for (const chunk of chunks) splitter.push(Buffer.from(chunk), 1)
      }),
      { interruptAfterTimeLimit: 1000, numRuns: 5000 }
    )
  })
})

describe('the frame splitter between frames', () => {
  const [first, second] = goldenRequests()
    .map(bytesOf)
    .filter((bytes) => bytes.length < 1000) as [Buffer, Buffer]
  const expected = [first, second].map((bytes) => bytes.toString('hex'))
  // Halves of the magic, alone and repeated, are the only bytes of junk that are not plainly junk.
  const junk = fc
    .array(
      fc.oneof(fc.constant([0xda]), fc.constant([0xbb]), fc.constant([0xda, 0xda]), fc.uint8Array({ maxLength: 9 }))
    )
    .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))))
    .filter((bytes) => !Buffer.concat([bytes, Buffer.of(0xda)]).includes(Buffer.of(0xda, 0xbb)))

  it('passes over bytes that are no frame, and says so once for each gap', () => {
    const { splitter, frames, broken, skips } = record(PAYLOAD, 4096)
    const stray = Buffer.from('status\r\n')
    splitter.push(Buffer.concat([stray, first, stray]), 1)
    splitter.push(Buffer.concat([stray, second]), 2)
    assert.deepEqual(frames, expected)
    assert.deepEqual(broken, [])
    assert.deepEqual(skips, [0, 1])
    assert.equal(splitter.bufferedBytes, 0)
  })

  it('finds the frames behind any junk, however junk and frames are cut', () => {
    fc.assert(
      fc.property(
        junk,
        junk,
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        (before, between, sizes) => {
          const { splitter, frames, broken } = record(PAYLOAD, 4096)
          const stream = Buffer.concat([before, first, between, second])
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] as number
            splitter.push(Buffer.from(stream.subarray(at, at + size)), 1)
            at += size
          }
          assert.deepEqual(frames, expected)
          assert.deepEqual(broken, [])
        }
      ),
      { numRuns: 1000 }
    )
  })

  it('keeps a last byte that may begin a magic for the next chunk, and nothing else', () => {
    for (const [next, count] of [
      [first, 1],
      [first.subarray(1), 1],
      [Buffer.concat([Buffer.of(0x0a), first]), 1]
    ] as const) {
      const { splitter, frames } = record(PAYLOAD, 4096)
      splitter.push(Buffer.from('some text\xda', 'latin1'), 1)
      assert.ok(splitter.bufferedBytes <= 16)
      splitter.push(Buffer.from(next), 2)
      assert.equal(frames.length, count)
      assert.equal(frames[0], expected[0])
    }
  })

  it('gives up at one byte more than it may pass over, and counts from the last frame', () => {
    const gap = Buffer.alloc(100, 'x')
    const patient = record(PAYLOAD, 100)
    for (let i = 0; i < 25; i++) {
      patient.splitter.push(Buffer.concat([gap, first, gap, first.subarray(0, 20)]), 1)
      patient.splitter.push(Buffer.from(first.subarray(20)), 1)
    }
    assert.equal(patient.frames.length, 50)
    assert.deepEqual(patient.broken, [])
    patient.splitter.push(gap, 1)
    patient.splitter.push(Buffer.from('y'), 1)
    patient.splitter.push(first, 1)
    assert.equal(patient.frames.length, 50)
    assert.deepEqual(patient.broken, [{ fault: 'bad_magic', header: Buffer.from('y').toString('hex') }])
  })

  it('gives up at a request of HTTP, wherever it is cut and whatever stands before it', () => {
    const request = Buffer.from('POST /?HTTP/HTTP/1.1\r\nhost: x\r\n\r\n')
    for (const before of [Buffer.alloc(0), first, Buffer.from('status\r\n')]) {
      const bytes = Buffer.concat([before, request, first])
      for (let at = 0; at <= bytes.length; at++) {
        const { splitter, frames, broken } = record(PAYLOAD, 4096)
        splitter.push(Buffer.from(bytes.subarray(0, at)), 1)
        splitter.push(Buffer.from(bytes.subarray(at)), 2)
        assert.equal(frames.length, before === first ? 1 : 0)
        assert.deepEqual(broken, [{ fault: 'bad_magic', header: Buffer.from('HTTP/1.').toString('hex') }])
      }
    }
  })

  it('looks for HTTP only between two frames', () => {
    const { splitter, frames, broken } = record(PAYLOAD, 4096)
    splitter.push(Buffer.concat([Buffer.from('HTTP'), first, Buffer.from('/1.'), first]), 1)
    assert.equal(frames.length, 2)
    assert.deepEqual(broken, [])
  })

  it('counts half a magic that turns out to be none', () => {
    const { splitter, broken } = record(PAYLOAD, 3)
    for (const byte of [0xda, 0xda, 0xda, 0xda]) splitter.push(Buffer.of(byte), 1)
    assert.deepEqual(broken, [])
    splitter.push(Buffer.of(0xda), 1)
    assert.equal(broken.length, 1)
  })

  it('does not take a wrong length for junk', () => {
    const { splitter, broken } = record(100, 4096)
    splitter.push(header(101), 1)
    assert.equal(broken[0]?.fault, 'too_large')
  })
})
