import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openZip } from '#lib/class-files'
import { jarBytes, makeZip } from './made.ts'

const data = Buffer.from('class bytes, class bytes, class bytes')
const refuses = (bytes: Buffer, code: string, text: RegExp, entry = 'a/B.class'): void => {
  assert.throws(
    () => openZip(bytes, 'x.jar').read(entry),
    (error: Error & { code?: string }) =>
      error.code === code && error.message.includes('x.jar') && text.test(error.message)
  )
}

describe('zip', () => {
  test('stored and deflated entries are read, with a comment behind the directory', () => {
    const bytes = makeZip(
      [
        { name: 'a/B.class', data },
        { name: 'c', data, stored: true },
        { name: 'dir/', data: Buffer.alloc(0) }
      ],
      'hello'
    )
    const zip = openZip(bytes, 'x.jar')
    assert.deepEqual(zip.names, ['a/B.class', 'c'])
    assert.deepEqual(zip.read('a/B.class'), data)
    assert.deepEqual(zip.read('c'), data)
    assert.equal(zip.read('d'), undefined)
    assert.equal(zip.has('dir/'), false)
  })

  test('a jar that the JDK made is read', () => {
    const zip = openZip(jarBytes('rank-api.jar'), 'rank-api.jar')
    assert.equal(zip.read('com/example/rank/Level.class')?.readUInt32BE(0), 0xcafe_babe)
  })

  test('bytes without an end record are no jar', () => {
    refuses(Buffer.from('PK\u0003\u0004 and so on'), 'ABOX_CLASS_JAR', /found no end/)
    refuses(Buffer.alloc(0), 'ABOX_CLASS_JAR', /0 bytes/)
  })

  test('an entry that claims less than it unpacks to is stopped at the claim', () => {
    refuses(makeZip([{ name: 'a/B.class', data: Buffer.alloc(1 << 20), size: 100 }]), 'ABOX_CLASS_JAR', /not unpacked/)
  })

  test('an entry that claims more than it unpacks to is damaged', () => {
    refuses(makeZip([{ name: 'a/B.class', data, size: data.length + 1 }]), 'ABOX_CLASS_JAR', /unpacked to 37 bytes/)
  })

  test('an entry larger than any class is not unpacked at all', () => {
    refuses(makeZip([{ name: 'a/B.class', data, size: 0x7fff_ffff }]), 'ABOX_CLASS_LIMIT', /2147483647 bytes/)
  })

  test('all entries together are bounded', () => {
    const bytes = makeZip([1, 2, 3].map((n) => ({ name: `${n}`, data })))
    const zip = openZip(bytes, 'x.jar', { maxEntries: 10, maxEntryBytes: 100, maxTotalBytes: 2 * data.length })
    zip.read('1')
    zip.read('2')
    assert.throws(() => zip.read('3'), { code: 'ABOX_CLASS_LIMIT' })
  })

  test('more entries than allowed are refused before one is looked at', () => {
    const bytes = makeZip([1, 2, 3].map((n) => ({ name: `${n}`, data })))
    const limits = { maxEntries: 2, maxEntryBytes: 100, maxTotalBytes: 100 }
    assert.throws(() => openZip(bytes, 'x.jar', limits), { code: 'ABOX_CLASS_LIMIT' })
  })

  test('a wrong checksum, a place outside the file, encryption and unknown compressions are damage', () => {
    refuses(makeZip([{ name: 'a/B.class', data, crc: 1 }]), 'ABOX_CLASS_JAR', /checksum/)
    refuses(makeZip([{ name: 'a/B.class', data, local: 0xffff_fff0 }]), 'ABOX_CLASS_JAR', /no local header/)
    refuses(makeZip([{ name: 'a/B.class', data, packed: 5000 }]), 'ABOX_CLASS_JAR', /past the end/)
    refuses(makeZip([{ name: 'a/B.class', data, flags: 1 }]), 'ABOX_CLASS_JAR', /encrypted/)
    refuses(makeZip([{ name: 'a/B.class', data, method: 12 }]), 'ABOX_CLASS_JAR', /compression 12/)
  })

  test('two entries of one name are damage, because readers differ in which one they take', () => {
    refuses(
      makeZip([
        { name: 'a/B.class', data },
        { name: 'a/B.class', data }
      ]),
      'ABOX_CLASS_JAR',
      /twice/
    )
  })

  test('names are keys: one that climbs out of a folder is nothing special', () => {
    const zip = openZip(makeZip([{ name: '../../etc/passwd', data }]), 'x.jar')
    assert.deepEqual(zip.read('../../etc/passwd'), data)
  })
})
