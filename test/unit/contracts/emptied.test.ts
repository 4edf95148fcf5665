import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyFolders, emptyMark } from '../../../src/contracts/emptied.ts'

test('empty is each marked folder in which no document is, whatever else there is', () => {
  assert.deepEqual(emptyFolders([]), ['services', 'models'])
  assert.deepEqual(emptyFolders(['hooks/a', 'models/b']), ['services'])
  assert.deepEqual(emptyFolders(['services/a', 'models/b', 'models/c']), [])
  assert.equal(emptyMark('models'), 'empty/models')
})
