import { readdirSync, readFileSync } from 'node:fs'
import { readCorpus } from './corpus.ts'

const FIXTURES = new URL('../../fixtures/', import.meta.url)
const HEADER_BYTES = 16
/** Longer seeds cost more than they find: mutations hit the same few kinds of values again and again. */
const LONGEST = 12_000

/** A whole frame around a body. */
export function frameOf(body: Uint8Array, flags = 0xc2, status = 0): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + body.length)
  frame.set([0xda, 0xbb, flags, status, 1, 2, 3, 4, 5, 6, 7, 8])
  frame.writeInt32BE(body.length, 12)
  frame.set(body, HEADER_BYTES)
  return frame
}

/** What mutants are made of: all recorded frames, all values that hessian-lite wrote, and what was found before. */
export function seedFrames(): Buffer[] {
  const frames = new Map<string, Buffer>()
  const add = (frame: Buffer): void => {
    if (frame.length <= LONGEST) frames.set(frame.toString('hex'), frame)
  }
  for (const frame of recordedFrames()) add(frame)
  for (const value of javaValues()) {
    add(frameOf(requestAround(value)))
    add(frameOf(Buffer.concat([Buffer.of(0x91), value]), 0x02, 20))
  }
  for (const { kind, bytes } of readCorpus()) add(kind === 'frame' ? bytes : frameOf(bytes))
  return [...frames.values()]
}

/** The frames of test/fixtures/dubbo, in both directions. */
export function recordedFrames(): Buffer[] {
  const folder = new URL('dubbo/', FIXTURES)
  return readdirSync(folder)
    .sort()
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recorded[])
    .flatMap(({ hex, sent, answer }) => [hex, sent, answer])
    .filter((hex) => typeof hex === 'string' && hex !== '')
    .map((hex) => Buffer.from(hex as string, 'hex'))
}

interface Recorded {
  readonly hex?: string
  readonly sent?: string
  readonly answer?: string
}

/** The values of test/fixtures/hessian: one stream each. */
export function javaValues(): Buffer[] {
  const folder = new URL('hessian/', FIXTURES)
  return readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => Buffer.from((JSON.parse(line) as { hex: string }).hex, 'hex'))
}

const HEAD = Buffer.from('\x052.0.2\x03a.B\x050.0.0\x05score\x12Ljava/lang/Object;', 'latin1')
const ATTACHMENTS = Buffer.from('H\x04path\x03a.B\x07timeout\x041000Z', 'latin1')

/** A call of one parameter whose type is Object. */
function requestAround(argument: Buffer): Buffer {
  return Buffer.concat([HEAD, argument, ATTACHMENTS])
}
