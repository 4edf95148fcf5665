import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatPath, JsonReader, parsePath, pathOf, seek } from '#lib/json'

const TEXT = '{"predictions": [[0.5, {"a.b": "x"}], 7], "data": {"ndarray": [1, 2]}, "empty": {}, "none": [ ]}'
const find = (path: string): string | undefined => {
  const bytes = Buffer.from(TEXT)
  const reader = new JsonReader(bytes)
  if (!seek(reader, parsePath(path))) return undefined
  const start = reader.pos
  reader.skip()
  return bytes.toString('utf8', start, reader.pos)
}

test('a path is read into names and indexes', () => {
  assert.deepEqual(parsePath('predictions[0]'), ['predictions', 0])
  assert.deepEqual(parsePath('data.ndarray'), ['data', 'ndarray'])
  assert.deepEqual(parsePath('[3][4].x-1'), [3, 4, 'x-1'])
  assert.deepEqual(parsePath('outputs["a.b\\"]"][1]'), ['outputs', 'a.b"]', 1])
  assert.deepEqual(parsePath(''), [])
})

test('any path is read back from its text', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(999_999_999), fc.string({ unit: 'grapheme' })), { maxLength: 6 }), (path) => {
      assert.deepEqual(parsePath(formatPath(path)), path)
    })
  )
})

test('a path with a mistake is refused with its place', () => {
  for (const text of [
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[]',
    'a[-1]',
    'a[1',
    'a[1]b',
    'a]',
    'a["b]',
    '["\\q"]',
    'a[1234567890]',
    'x'.repeat(2000)
  ]) {
    assert.throws(() => parsePath(text), { code: 'ABOX_JSON_PATH' }, text)
  }
  assert.throws(() => parsePath('a[1]b'), { message: /path "a\[1\]b": at character 4: expected/ })
})

test('seek stands on the value at the path', () => {
  assert.equal(find('predictions[0]'), '[0.5, {"a.b": "x"}]')
  assert.equal(find('predictions[0][1]["a.b"]'), '"x"')
  assert.equal(find('predictions[1]'), '7')
  assert.equal(find('data.ndarray[1]'), '2')
  assert.equal(find(''), TEXT)
})

test('seek tells when nothing is at the path', () => {
  for (const path of ['x', 'predictions[2]', 'predictions.x', 'data[0]', 'none[0]', 'empty.x', 'data.ndarray[0].x']) {
    assert.equal(find(path), undefined, path)
  }
})

test('the path of an offset leads to the value there', () => {
  const bytes = Buffer.from(TEXT)
  for (const path of ['predictions', 'predictions[0][1]["a.b"]', 'data.ndarray[1]', 'none', '']) {
    const reader = new JsonReader(bytes)
    seek(reader, parsePath(path))
    assert.equal(pathOf(bytes, 0, reader.pos), path)
  }
})

test('the path of an offset is counted from the value where it starts', () => {
  const bytes = Buffer.from(TEXT)
  assert.equal(pathOf(bytes, TEXT.indexOf('[[0.5'), TEXT.indexOf('7]')), '[1]')
})

test('the path of an offset behind broken JSON ends at the break', () => {
  assert.equal(pathOf(Buffer.from('{"a": [1, x], "b": 2}'), 0, 20), 'a[1]')
})
