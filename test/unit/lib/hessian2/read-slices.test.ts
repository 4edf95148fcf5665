import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { decodeBytes, defaultBudget, HessianScan, HList, JsonSteps, LargeScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { bodyFiles, bodyOf, goldenFrames } from './golden.ts'
import { cls, double, int, refused, str, uint16, wire } from './wire.ts'

const SLICES = [1, 2, 3, 7, 64, 1000, 100_000]

/** What an ordinary scan makes of a stream: offset and JSON (or error) of each value, and the error that ended it. */
interface Read {
  readonly values: readonly (readonly [number, string])[]
  readonly end: string
}

function codeOf(error: unknown): string {
  if (!(error instanceof AboxError)) throw error
  return `${error.code} at ${String(error.offset)}`
}

function readAll(scan: HessianScan, jsonOf: (offset: number) => string): Read {
  const values: [number, string][] = []
  try {
    while (scan.pos < scan.end) {
      const offset = scan.skip()
      values.push([offset, jsonOf(offset)])
    }
    return { values, end: 'whole' }
  } catch (error) {
    return { values, end: codeOf(error) }
  }
}

function atOnce(bytes: Buffer): Read {
  const scan = new HessianScan(bytes)
  return readAll(scan, (offset) => {
    const sink = new JsonSink()
    try {
      writeJson(scan, offset, sink)
    } catch (error) {
      return codeOf(error)
    }
    return sink.take().toString('latin1')
  })
}

function inSlices(bytes: Buffer, slice: number): Read {
  const scan = new LargeScan(bytes, 0, bytes.length, defaultBudget)
  while (!scan.walk(slice)) assert.ok(scan.pos < scan.end, 'a slice ends inside the stream')
  return readAll(scan, (offset) => {
    const sink = new JsonSink(1)
    const steps = new JsonSteps(scan, offset, sink)
    try {
      while (!steps.step(slice));
    } catch (error) {
      return codeOf(error)
    }
    return sink.take().toString('latin1')
  })
}

/** Every construct of the format in one value, with strings and classes that slices cut. */
const everything = wire(
  '58',
  int(12),
  '48',
  str('k'.repeat(40)),
  '4c0000000000000001',
  str('中文é😀"\u0001'.repeat(60), 50),
  '91 5a',
  cls('A', 'a', 'b'),
  cls('com.example.B', 'cause', 'x'.repeat(300)),
  '61 51 92 5c',
  '60 54 51 91',
  '73',
  str('[int'),
  '90 c830 d40800',
  '55 90 91 5a',
  '57 79 90 78 48 5a 5a',
  wire('41', '0003', '616263', '22 ff00'),
  wire('58', int(400), ...Array.from({ length: 400 }, (_, i) => double(i / 7))),
  wire('58', int(400), ...Array.from({ length: 400 }, (_, i) => int(i * 99_999))),
  wire('52 0000 52 0001 61 00'),
  cls('java.math.BigDecimal', 'value'),
  '62',
  str('12.50'),
  str('"'.repeat(2000))
)

test('JSON written in slices is the same at every size of slice, and so is what a sliced scan finds', () => {
  const whole = atOnce(everything)
  assert.equal(whole.end, 'whole')
  for (const slice of [...SLICES, 11, 13, 17, 4096]) assert.deepEqual(inSlices(everything, slice), whole, `${slice}`)
})

test('every body recorded from Java is read alike in slices', () => {
  for (const file of bodyFiles) {
    for (const frame of goldenFrames(file)) {
      const body = bodyOf(frame)
      const whole = atOnce(body)
      for (const slice of body.length < 2000 ? [1, 5, 64] : [64, 1000]) {
        assert.deepEqual(inSlices(body, slice), whole, `${file} ${frame.name} ${slice}`)
      }
    }
  }
})

test('a stream that is cut or broken anywhere is refused at the same byte with the same code', () => {
  for (let length = 1; length < everything.length; length += 37) {
    const cut = everything.subarray(0, length)
    const broken = Buffer.from(everything)
    broken[length] = (broken[length] as number) ^ 0x41
    for (const bytes of [cut, broken]) {
      const whole = atOnce(bytes)
      for (const slice of [1, 50, 5000]) assert.deepEqual(inSlices(bytes, slice), whole, `${length} ${slice}`)
    }
  }
})

function walked(bytes: Buffer): LargeScan {
  const scan = new LargeScan(bytes, 0, bytes.length, defaultBudget)
  while (!scan.walk(4));
  return scan
}

test('the items of a list, of a reference to one and of null are found in a walked scan', () => {
  const bytes = wire('7a 01 61 01 62', '51 90', '4e', '57 78 79 90 5a', '58 91 4e')
  const [sliced, plain] = [walked(bytes), new HessianScan(bytes)]
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(sliced.skipItems(), plain.skipItems(), `value ${i}`)
    assert.equal(sliced.pos, plain.pos)
  }
})

test('a map is read entry by entry in a walked scan, and its tables stay as they are', () => {
  const bytes = wire('4d 01 74 01 61 78 01 62 48 5a 01 63 01 64 5a', '51 91')
  const scan = walked(bytes)
  const tables = () => [scan.refOffsets.slice(0, scan.refOffsets.length), [...scan.typeOffsets]]
  const before = tables()
  assert.ok(scan.enterMap())
  const found: (string | undefined)[] = []
  while (!scan.atEnd()) found.push(scan.readText(), scan.readText())
  assert.deepEqual(found, ['a', undefined, 'b', undefined, 'c', 'd'])
  assert.deepEqual(tables(), before)
  assert.equal(scan.skip(), bytes.length - 2)
})

test('a list inside another value is found by reference in a walked scan as in any other, unless it is long', () => {
  const inner = (count: number) => wire('58', int(count), '4c0000000000000001'.repeat(count))
  for (const before of [wire('79', inner(3)), wire('48 01 61', inner(1000), '5a'), wire('79 57 01 61 79 90 5a')]) {
    const bytes = wire(before, '51 91', '90')
    const [sliced, plain] = [walked(bytes), new HessianScan(bytes)]
    assert.equal(sliced.skip(), plain.skip())
    assert.deepEqual(sliced.skipItems(), plain.skipItems())
    assert.equal(sliced.pos, plain.pos)
    assert.equal(sliced.skip(), plain.skip())
  }
  const long = walked(wire('79', wire('79', str('x'.repeat(40_000))), '51 91'))
  long.skip()
  const { message } = refused('ABOX_HESSIAN_TAG', () => long.skipItems())
  assert.match(message, /expected a list that is short or inside no other value/)
})

test('a reference to something else than a list of items is refused at the same byte, at once and in slices', () => {
  const many = wire('58', int(1001), Buffer.alloc(1001, 0x90))
  for (const [bytes, code] of [
    [wire('48 5a', '51 90'), 'ABOX_HESSIAN_TAG'],
    [wire('79 48 5a', '51 91'), 'ABOX_HESSIAN_TAG'],
    [wire(cls('A', 'a'), '60 90', '51 90'), 'ABOX_HESSIAN_TAG'],
    [wire('79', many, '51 91'), 'ABOX_HESSIAN_TOO_MANY'],
    [wire(many, '51 90'), 'ABOX_HESSIAN_TOO_MANY'],
    [wire('78', '51 91'), 'ABOX_HESSIAN_REF']
  ] as const) {
    const errors = [new HessianScan(bytes), walked(bytes)].map((scan) => {
      scan.skip()
      return refused(code, () => scan.skipItems())
    })
    assert.equal(errors[1]?.message, errors[0]?.message)
  }
})

test('too many items count before what is wrong behind them, at once and in slices', () => {
  const bytes = wire('58', int(1002), Buffer.alloc(1001, 0x90), '40')
  for (const scan of [new HessianScan(bytes), walked(bytes)]) refused('ABOX_HESSIAN_TOO_MANY', () => scan.skipItems())
})

test('binary data in pieces of any size is the Base64 of the whole, in steps of any size', () => {
  const pieces = [0, 1, 2, 3, 4, 5, 3071, 3072, 3073, 1, 10_000, 0, 1, 33, 65_535, 2]
  const parts = pieces.map((size, i) => Buffer.alloc(size, Buffer.from([i, 0xff - i, 7])))
  for (const last of [0, 1, 2]) {
    const whole = Buffer.concat([...parts, Buffer.alloc(last, 9)])
    const chunks = parts.map((part) => wire('41', uint16(part.length), part))
    const bytes = wire('7a', ...chunks, Buffer.from([0x20 + last]), Buffer.alloc(last, 9), '22 0102')
    const expected = `["${whole.toString('base64')}","AQI="]`
    for (const slice of [1, 100, 100_000]) assert.deepEqual(inSlices(bytes, slice).values, [[0, expected]])
    assert.equal(atOnce(bytes).values[0]?.[1], expected)
    assert.deepEqual(decodeBytes(bytes), [new HList([whole, Buffer.from([1, 2])])])
  }
})

/** Bytes of JSON that the first of several steps of 128 KiB writes. */
function firstStep(bytes: Buffer): number {
  const scan = walked(bytes)
  const sink = new JsonSink()
  assert.equal(new JsonSteps(scan, scan.skip(), sink).step(128 * 1024), false)
  return sink.length
}

test('a step ends earlier where little JSON takes much work', () => {
  const count = 20_000
  const list = (first: Buffer, one: string) => wire('58', int(count), first, one.repeat(count - 1))
  assert.ok(firstStep(list(wire('78'), '78')) < 30_000, 'lists')
  assert.ok(firstStep(list(wire(cls('java.math.BigDecimal', 'value'), '60 0131'), '60 0131')) < 5000, 'decimals')
  assert.ok(firstStep(list(wire(cls('A'), '60'), '60')) < 60_000, 'objects')
  assert.ok(firstStep(wire('7a', '52 0001 61'.repeat(count), '00', '4e')) < 10_000, 'pieces of a string')
  assert.ok(firstStep(wire('7a', '41 0001 61'.repeat(count), '20', '4e')) < 12_000, 'pieces of binary data')
})

test('a slice of a scan ends earlier where its bytes are many lists, and within a list of long strings', () => {
  const lists = new LargeScan(wire('58', int(100_000), Buffer.alloc(100_000, 0x78)), 0, 100_006, defaultBudget)
  assert.equal(lists.walk(64 * 1024), false)
  assert.ok(lists.pos < 10_000)
  const long = str('x'.repeat(30_000))
  for (const bytes of [wire('7e', ...Array<Buffer>(6).fill(long)), wire(...Array<Buffer>(6).fill(long))]) {
    const scan = new LargeScan(bytes, 0, bytes.length, defaultBudget)
    assert.equal(scan.walk(1000), false)
    assert.ok(scan.pos < 31_000)
  }
})

test('more arguments than a method can have are refused, at once and in slices', () => {
  const bytes = wire('58', int(1001), Buffer.alloc(1001, 0x90))
  refused('ABOX_HESSIAN_TOO_MANY', () => new HessianScan(bytes).skipItems())
  refused('ABOX_HESSIAN_TOO_MANY', () => walked(bytes).skipItems())
  assert.equal(walked(wire('58', int(1000), Buffer.alloc(1000, 0x90))).skipItems().length, 1000)
})

test('what is behind the values of a call is refused only when it is read', () => {
  const scan = walked(wire('78 90', 'ff'))
  assert.equal(scan.skip(), 0)
  assert.equal(scan.skip(), 1)
  refused('ABOX_HESSIAN_TRUNCATED', () => scan.skip())
})

test('a name of more than 65,535 units is refused, and a shorter one is read in pieces as well', () => {
  const name = (units: number) => str('n'.repeat(units))
  for (const units of [65_535, 65_536]) {
    const streams = [
      wire('70', name(units)),
      wire('43', name(units), '90 60'),
      wire('43 01 61 91', name(units), '60 4e'),
      wire('4d', name(units), '5a')
    ]
    for (const bytes of streams) {
      if (units === 65_535) assert.equal(new HessianScan(bytes).skip(), 0)
      else {
        refused('ABOX_HESSIAN_LENGTH', () => new HessianScan(bytes).skip())
        refused('ABOX_HESSIAN_LENGTH', () => decodeBytes(bytes))
      }
    }
  }
  assert.equal(new HessianScan(wire('70 52 0001 61 01 62')).skip(), 0)
})
