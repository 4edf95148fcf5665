import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { decodeBytes, decodeValue, defaultBudget, HDoubles, HessianScan, type HessianValue } from '#lib/hessian2'
import { bodyFiles, bodyOf, goldenFrames } from './golden.ts'
import { cls, decode, double, int, str, wire } from './wire.ts'

const budget = { ...defaultBudget, maxNodes: 2000, maxDepth: 12 }

/** What a scan says of a stream: nothing, or the code and place of what it refuses. */
function scanned(bytes: Buffer): string {
  try {
    const scan = new HessianScan(bytes, 0, bytes.length, budget)
    while (scan.pos < scan.end) scan.skip()
    return 'whole'
  } catch (error) {
    return refusal(error)
  }
}

function decoded(bytes: Buffer): string {
  try {
    decodeBytes(bytes, budget)
    return 'whole'
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): string {
  if (!(error instanceof AboxError)) throw error
  // Runs of short values are counted together by the scan, so that the place of this one may differ.
  return error.code === 'ABOX_HESSIAN_TOO_MANY' ? error.code : `${error.code} at ${String(error.offset)}`
}

const seeds = bodyFiles
  .flatMap((file) => goldenFrames(file).map(bodyOf))
  .filter((body) => body.length < 1500)
  .concat(
    wire('58', int(3), double(1), '5b 5c', '7a 5d01 5e0001', '57 5b 5a', '79 51 90'),
    wire('7b', cls('A', 'a', 'b'), cls('B'), '60 61 72 04 5b696e74 9091 70 90', '60 51 90 51 91', '4f 90 4e 4e'),
    wire('4d', str('t'), '91 4d 90 5a 92 46 5a', '52 0001 61 02 c3a9 62', '41 0001 00 20')
  )

test('what is decoded in one go is refused where a scan refuses it, with the same code', () => {
  const edit = fc.tuple(
    fc.nat(0xffff),
    fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('435155575a5b6048704d52', 'hex')))
  )
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 4 }), fc.nat(4), (seed, edits, cut) => {
      let bytes = Buffer.from(seed)
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte
      if (cut === 0) bytes = bytes.subarray(0, 1 + ((edits[0]?.[0] ?? 0) % bytes.length))
      assert.equal(decoded(bytes), scanned(bytes))
    }),
    { numRuns: 3000 }
  )
})

test('each value of a stream is the same when it is decoded on its own', () => {
  for (const bytes of seeds) {
    const scan = new HessianScan(bytes)
    const values: HessianValue[] = []
    while (scan.pos < scan.end) values.push(decodeValue(scan, scan.skip()))
    assert.deepEqual(values, decodeBytes(bytes))
  }
})

test('a value that refers to what stands before it and behind is whole when it is decoded alone', () => {
  const bytes = wire('79 79 90', cls('A', 'list', 'again'), '60 51 91 51 92')
  const scan = new HessianScan(bytes)
  scan.skip()
  const value = decodeValue(scan, scan.skip())
  const [, whole] = decodeBytes(bytes)
  assert.deepEqual(value, whole)
})

test('objects of one class share the list of their field names', () => {
  const [a, b] = decodeBytes(wire(cls('A', 'x'), '60 90 60 91')) as unknown as { names: unknown }[]
  assert.equal(a?.names, b?.names)
})

test('a list is one of doubles only when all its items are', () => {
  for (const hex of ['7a 5b 5c', '58 92 5b 5c', '57 5b 5c 5a', '72 01 61 5b 5c', '55 01 61 5b 5c 5a']) {
    assert.ok(decode(hex) instanceof HDoubles, hex)
  }
  for (const hex of ['78', '7a 5b 90', '57 5b 4e 5a', '57 5a']) assert.ok(!(decode(hex) instanceof HDoubles), hex)
})

test('a count that no item redeems costs no memory', () => {
  const promise = wire('58', int(2_000_000), '5b')
  const bytes = wire(...Array.from({ length: 60 }, () => promise), Buffer.alloc(2_100_000, 0x4e))
  const before = process.memoryUsage().arrayBuffers
  assert.match(decoded(bytes), /^ABOX_HESSIAN_TOO_(DEEP|MANY)/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000)
})
