import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import {
  openJars,
  openZip,
  parseClass,
  parseClassSignature,
  parseFieldSignature,
  parseMethodSignature
} from '#lib/class-files'
import { jarBytes, makeZip } from './made.ts'

const LIMITS = { maxEntries: 1000, maxEntryBytes: 64 * 1024, maxTotalBytes: 1024 * 1024 }
const RUNS = 1500

/** Runs what reads; only a coded error of this library may come out. */
function survives(run: () => void): void {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof AboxError && error.code.startsWith('ABOX_CLASS_'), String(error))
  }
}

/** Bytes with a few places changed, or cut. */
const mutated = (original: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(original.length), { freq: 5 })
    )
    .map(([changes, length]) => {
      const bytes = Buffer.from(original)
      for (const [at, byte] of changes) bytes[at] = byte
      return length === null ? bytes : bytes.subarray(0, length)
    })

describe('hostile jars', () => {
  test('a mutated jar is read or refused with a code, and unpacks to no more than allowed', () => {
    const jar = jarBytes('common-api.jar')
    fc.assert(
      fc.property(mutated(jar), (bytes) => {
        survives(() => {
          const zip = openZip(bytes, 'x.jar', LIMITS)
          let total = 0
          for (const name of zip.names) survives(() => (total += zip.read(name)?.length ?? 0))
          assert.ok(total <= LIMITS.maxTotalBytes)
        })
        survives(() => {
          const path = openJars([{ name: 'x.jar', bytes }], LIMITS)
          for (const name of path.own) survives(() => path.find(name))
        })
      }),
      { numRuns: RUNS }
    )
  })

  test('a mutated class file is read or refused with a code', () => {
    const zip = openZip(jarBytes('shop-api.jar'), 'shop-api.jar')
    const files = zip.names.filter((name) => name.endsWith('.class')).map((name) => zip.read(name) ?? Buffer.alloc(0))
    fc.assert(
      fc.property(fc.constantFrom(...files).chain(mutated), (bytes) => {
        survives(() => {
          const file = parseClass(bytes, 'x')
          for (const { signature, descriptor } of file.fields)
            survives(() => parseFieldSignature(signature ?? descriptor, 'x'))
          for (const { signature, descriptor } of file.methods)
            survives(() => parseMethodSignature(signature ?? descriptor, 'x'))
          survives(() => parseClassSignature(file.signature ?? '', 'x'))
        })
      }),
      { numRuns: RUNS }
    )
  })

  test('any bytes at all are no jar and no class, without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        const bytes = Buffer.from(data)
        survives(() => openZip(bytes, 'x', LIMITS))
        survives(() => parseClass(Buffer.concat([Buffer.from('cafebabe00000034', 'hex'), bytes]), 'x'))
      }),
      { numRuns: RUNS }
    )
  })

  test('any text of the letters of signatures is read or refused', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'LT[;<>*+-.:/()^VIJa'), maxLength: 60 })
    fc.assert(
      fc.property(letters, (text) => {
        survives(() => parseFieldSignature(text, 'x'))
        survives(() => parseMethodSignature(text, 'x'))
        survives(() => parseClassSignature(text, 'x'))
      }),
      { numRuns: RUNS }
    )
  })

  test('what is packed comes out as it was, whatever the names and bytes', () => {
    const entry = fc.record({ data: fc.uint8Array({ maxLength: 200 }), stored: fc.boolean() })
    const entries = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !name.endsWith('/')),
      entry
    )
    fc.assert(
      fc.property(entries, (made) => {
        const list = Object.entries(made).map(([name, { data, stored }]) => ({ name, data: Buffer.from(data), stored }))
        const zip = openZip(makeZip(list), 'x')
        for (const { name, data } of list) assert.deepEqual(zip.read(name), data)
      }),
      { numRuns: 200 }
    )
  })
})
