import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openCrashNote, readCrashNote } from '../../../../../src/apps/gateway/hooks/crash-note.ts'
import { keyFor } from './trust-fixtures.ts'

describe('the note of which hook runs', () => {
  const [one, other] = [keyFor('rank', '1'), keyFor('x'.repeat(128), '2')]
  let folder = ''
  let path = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
    path = join(folder, 'note')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('names the version that runs, and the one that is being built', () => {
    const note = openCrashNote(path)
    assert.deepEqual(readCrashNote(path), [])
    const [first, second] = [note.numberOf(one), note.numberOf(other)]
    assert.equal(note.numberOf(one), first)
    note.runs(first)
    note.runs(second)
    assert.deepEqual(readCrashNote(path), [other])
    note.builds(first)
    assert.deepEqual(readCrashNote(path), [other, one])
    note.builds(0)
    assert.deepEqual(readCrashNote(path), [other])
    note.runs(0)
    assert.deepEqual(readCrashNote(path), [], 'what fails now is not a hook')
    note.runs(first)
    assert.deepEqual(readCrashNote(path), [one])
    note.close()
    note.runs(second)
    assert.deepEqual(readCrashNote(path), [], 'who has closed it has not crashed')
  })

  test('names of a process that stood only the version that ran, if one did', () => {
    const note = openCrashNote(path)
    const [first, second] = [note.numberOf(one), note.numberOf(other)]
    note.builds(second)
    assert.deepEqual(readCrashNote(path, true), [other])
    note.runs(first)
    assert.deepEqual(readCrashNote(path, true), [one])
    assert.deepEqual(readCrashNote(path), [one, other])
    note.close()
  })

  test("is nobody else's file once it is closed: a version that comes then is not written", () => {
    const note = openCrashNote(path)
    note.close()
    const theirs = join(folder, 'theirs')
    // The lowest free descriptor, which was that of the note.
    const fd = openSync(theirs, 'w')
    note.builds(note.numberOf(one))
    closeSync(fd)
    assert.equal(readFileSync(theirs, 'latin1'), '')
  })

  test('is not made where there is something already, and is for nobody else', () => {
    writeFileSync(path, 'of somebody else')
    assert.throws(() => openCrashNote(path), /EEXIST/)
    rmSync(path)
    const note = openCrashNote(path)
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
    note.close()
  })

  test('that is absent, short or names what it does not have names nothing', () => {
    assert.deepEqual(readCrashNote(path), [])
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(7, 1),
      Buffer.alloc(264, 255),
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 65])
    ]) {
      writeFileSync(path, bytes)
      assert.deepEqual(readCrashNote(path), [])
    }
  })
})
