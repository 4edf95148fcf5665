import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DubboCall, decodeInvocation, nullResult } from '#lib/dubbo'
import { decodeValue } from '#lib/hessian2'
import { callFrame } from '../../../../src/lib/dubbo/call-frame.ts'
import { FrameSplitter } from '../../../../src/lib/dubbo/splitter.ts'
import { recordedFrames } from '../../../harness/fuzz/frames.ts'
import { graphs, texts } from '../../../harness/fuzz/values.ts'
import { RawPeer, startServer, until } from '../../../integration/lib/dubbo/peers.ts'
import { graphText } from '../hessian2/graph-text.ts'
import { goldenRequests } from './golden.ts'

const PAYLOAD = 8 * 1024 * 1024

/** Frames whose header tells the length that they have. */
const whole = recordedFrames().filter(
  (frame) => frame.length >= 16 && frame.readUInt16BE(0) === 0xdabb && frame.readInt32BE(12) === frame.length - 16
)
/** Where to cut: mostly near the 16 bytes of a header, some byte by byte, some far apart. */
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 10, max: 20 }), fc.integer({ min: 1, max: 9000 })),
  { minLength: 1, maxLength: 30 }
)

function* chunksOf(stream: Buffer, cuts: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = cuts[i % cuts.length] as number
    yield Buffer.from(stream.subarray(at, at + size))
    at += size
  }
}

test('any sequence of good frames, however it is cut, gives these frames', () => {
  assert.ok(whole.length > 400)
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...whole), { minLength: 1, maxLength: 12 }), sizes, (frames, cuts) => {
      const found: string[] = []
      const splitter = new FrameSplitter(PAYLOAD, {
        onFrame: (frame) => found.push(frame.toString('hex')),
        onBroken: (fault) => assert.fail(fault)
      })
      for (const chunk of chunksOf(Buffer.concat(frames), cuts)) splitter.push(chunk, 1)
      assert.deepEqual(
        found,
        frames.map((frame) => frame.toString('hex'))
      )
      assert.equal(splitter.bufferedBytes, 0)
    }),
    { numRuns: 300 }
  )
})

test('a server hears the same requests over sockets, however they are cut', async (t) => {
  const { port, requests } = await startServer(t, {
    onRequest: (request) => request.reply(nullResult(request.requestId))
  })
  const golden = goldenRequests().map(({ hex }) => Buffer.from(hex, 'hex'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...golden), { minLength: 1, maxLength: 6 }),
      sizes,
      async (frames, cuts) => {
        requests.length = 0
        const peer = await RawPeer.connect(t, port)
        for (const chunk of chunksOf(Buffer.concat(frames), cuts)) {
          // Each chunk is one write, which the socket sends at once.
          await new Promise((resolve) => peer.socket.write(chunk, resolve))
        }
        await until(() => requests.length === frames.length, 'all requests')
        assert.deepEqual(
          requests.map(({ body }) => body.toString('hex')),
          frames.map((frame) => frame.toString('hex', 16))
        )
        peer.socket.destroy()
      }
    ),
    { numRuns: 12 }
  )
})

const names = fc.array(fc.constantFrom('a', 'B', 'rank', 'x1', '中'), { minLength: 1, maxLength: 4 })
const calls: fc.Arbitrary<DubboCall> = fc
  .record({
    service: names.map((parts) => parts.join('.')),
    version: fc.constantFrom(undefined, '1.0.0', '2.0'),
    group: fc.constantFrom(undefined, 'g', 'blue/green'),
    method: names.map((parts) => parts.join('')),
    args: graphs,
    attachments: fc.dictionary(
      texts.filter((key) => !['path', 'interface', 'version', 'timeout', 'group'].includes(key)),
      texts,
      { maxKeys: 5, noNullPrototype: true }
    ),
    generic: fc.boolean(),
    oneWay: fc.boolean()
  })
  .chain(({ version, group, args, ...rest }) =>
    fc
      .array(fc.constantFrom('int', 'double[]', 'java.lang.String', 'java.util.Map', 'long[][]'), {
        minLength: args.length,
        maxLength: args.length
      })
      .map((parameterTypes) => ({
        ...rest,
        args,
        parameterTypes,
        ...(version === undefined ? {} : { version }),
        ...(group === undefined ? {} : { group })
      }))
  )

test('a call that was written as a frame is read as this call', () => {
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 100_000 }), (call, timeoutMs) => {
      const id = Buffer.from('fedcba9876543210', 'hex')
      const frame = callFrame(id, call, timeoutMs)
      assert.equal(frame.toString('hex', 0, 12), `dabb${call.oneWay === true ? '82' : 'c2'}00fedcba9876543210`)
      const read = decodeInvocation(frame.subarray(16))
      assert.equal(read.service, call.service)
      assert.equal(read.version, call.version)
      assert.equal(read.group, call.group)
      assert.equal(read.method, call.method)
      assert.equal(read.generic, call.generic)
      assert.deepEqual(read.parameterTypes, call.parameterTypes)
      const args = read.argOffsets.map((offset) => graphText(decodeValue(read.scan, offset)))
      assert.deepEqual(
        args,
        call.args.map((arg) => graphText(arg))
      )
      assert.equal(read.attachments.get('timeout'), String(timeoutMs))
      for (const [key, value] of Object.entries(call.attachments ?? {})) assert.equal(read.attachments.get(key), value)
    }),
    { numRuns: 300 }
  )
})
