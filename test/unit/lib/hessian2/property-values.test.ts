import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeBytes,
  decodeValue,
  encodeValue,
  HDouble,
  HessianScan,
  type HessianValue,
  HessianWriter,
  HInt,
  HList,
  HLong,
  LargeScan
} from '#lib/hessian2'
import { doubles, graphs, ints, longs, longTexts, texts } from '../../../harness/fuzz/values.ts'
import { graphText } from './graph-text.ts'

const BUDGET = { maxDepth: 64, maxNodes: 100_000, maxJsonBytes: 1_000_000 }

function written(values: readonly HessianValue[]): Buffer {
  const writer = new HessianWriter(16)
  for (const value of values) encodeValue(writer, value)
  return writer.take()
}

/** One text of all, so that references from one value to another count. */
const textOf = (values: readonly HessianValue[]): string => graphText(new HList([...values]))

test('whatever is written is read as the same graph', () => {
  fc.assert(
    fc.property(graphs, (values) => {
      assert.equal(textOf(decodeBytes(written(values))), textOf(values))
    }),
    { numRuns: 400 }
  )
})

test('each value of a stream can be read alone, and is the same graph as among the others', () => {
  fc.assert(
    fc.property(graphs, (values) => {
      const bytes = written(values)
      const scan = new HessianScan(bytes)
      for (const value of values) assert.equal(graphText(decodeValue(scan, scan.skip())), graphText(value))
    }),
    { numRuns: 400 }
  )
})

test('a stream that is walked in slices of any size has the values of one that is not', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 1, max: 100 }), (values, slice) => {
      const bytes = written(values)
      const scan = new LargeScan(bytes, 0, bytes.length, BUDGET)
      while (!scan.walk(slice));
      for (const value of values) assert.equal(graphText(decodeValue(scan, scan.skip())), graphText(value))
      assert.equal(scan.pos, bytes.length)
    }),
    { numRuns: 200 }
  )
})

test('every number is read as the number and the kind that was written', () => {
  const numbers = fc.oneof(
    ints.map((n) => new HInt(n)),
    longs.map((n) => new HLong(n)),
    doubles.map((n) => new HDouble(n))
  )
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 30 }), (values) => {
      assert.equal(textOf(decodeBytes(written(values))), textOf(values))
    }),
    { numRuns: 500 }
  )
})

test('every text is read as it was written, also where it is cut into chunks', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: texts }, { weight: 1, arbitrary: longTexts }), (text) => {
      assert.ok(decodeBytes(written([text]))[0] === text)
    }),
    { numRuns: 500 }
  )
})
