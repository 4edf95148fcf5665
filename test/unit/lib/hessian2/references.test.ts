import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { References } from '../../../../src/lib/hessian2/references.ts'

test('an object is found under the number of its first time, until everything is forgotten, whatever its serial number', () => {
  // Few serial numbers for many objects: most of them collide.
  const objects = Array.from({ length: 300 }, (_, index) => ({ serial: (index % 7) - 3 }))
  const stream = fc.array(fc.nat(objects.length - 1), { maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 6 }), (streams) => {
      const references = new References()
      for (const indexes of streams) {
        const known = new Map<number, number>()
        for (const [number, index] of indexes.entries()) {
          const object = objects[index] as { serial: number }
          assert.equal(references.find(object, object.serial, number), known.get(index) ?? -1)
          if (!known.has(index)) known.set(index, number)
        }
        references.clear()
      }
    })
  )
})

test('tens of thousands of objects are found again, and forgotten together', () => {
  const references = new References()
  const objects = Array.from({ length: 50_000 }, (_, serial) => ({ serial }))
  for (let round = 0; round < 2; round++) {
    for (const object of objects) assert.equal(references.find(object, object.serial, object.serial * 2), -1)
    for (const object of objects) assert.equal(references.find(object, object.serial, 0), object.serial * 2)
    references.clear()
  }
})
