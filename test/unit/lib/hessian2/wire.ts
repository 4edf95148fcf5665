import assert from 'node:assert/strict'
import { AboxError } from '#core/errors'
import {
  decodeBytes,
  HDouble,
  type HessianBudget,
  HessianScan,
  type HessianValue,
  HInt,
  HLong,
  writeJson
} from '#lib/hessian2'
import { JsonSink } from '#lib/json'

/** Bytes of a Hessian stream: strings are hexadecimal (spaces allowed), buffers are taken as they are. */
export function wire(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part))
  )
}

/** CESU-8: each UTF-16 unit on its own. */
export function cesu(text: string): Buffer {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

/** A string in its shortest form, cut into chunks of at most `chunk` units. */
export function str(text: string, chunk = 0x8000): Buffer {
  if (text.length > chunk) {
    return wire('52', uint16(chunk), cesu(text.slice(0, chunk)), str(text.slice(chunk), chunk))
  }
  if (text.length < 32) return wire(Buffer.from([text.length]), cesu(text))
  if (text.length < 1024) return wire(Buffer.from([0x30 + (text.length >> 8), text.length & 255]), cesu(text))
  return wire('53', uint16(text.length), cesu(text))
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}

/** An int in its longest form. */
export function int(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0x49)
  bytes.writeInt32BE(value, 1)
  return bytes
}

export function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(9, 0x4c)
  bytes.writeBigInt64BE(value, 1)
  return bytes
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0x44)
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** A class definition. */
export function cls(name: string, ...fields: string[]): Buffer {
  return wire('43', str(name), int(fields.length), ...fields.map((field) => str(field)))
}

/** The only value of a stream. */
export function decode(...parts: (string | Buffer)[]): HessianValue {
  const values = decodeBytes(wire(...parts))
  assert.equal(values.length, 1, 'one value')
  return values[0] as HessianValue
}

/** The value as a plain number, bigint or what it is: for short expectations. */
export function plain(value: HessianValue): unknown {
  return value instanceof HInt || value instanceof HLong || value instanceof HDouble ? value.value : value
}

/** JSON text of the last value of a stream. */
export function json(bytes: Buffer, budget?: HessianBudget, isEnum?: (className: string) => boolean): string {
  const scan = new HessianScan(bytes, 0, bytes.length, budget)
  let last = 0
  while (scan.pos < scan.end) last = scan.skip()
  const sink = new JsonSink()
  writeJson(scan, last, sink, isEnum ? { isEnum } : {})
  return sink.take().toString()
}

/** Runs `run`, which must throw an AboxError of this code, and returns it. */
export function refused(code: string, run: () => unknown): AboxError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof AboxError, `an AboxError and not ${String(error)}`)
    assert.equal(error.code, code, error.message)
    return error
  }
  assert.fail(`expected ${code}`)
}
