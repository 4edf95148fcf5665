import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownPath } from '../../../../src/lib/zookeeper/shown-path.ts'

test('the query of a provider entry, which may hold a token, is never shown', () => {
  const path = `/dubbo/a.B/providers/${encodeURIComponent('dubbo://10.0.0.1:20880/a.B?group=g&token=s3cret')}`
  assert.equal(shownPath(path), '/dubbo/a.B/providers/dubbo%3A%2F%2F10.0.0.1%3A20880%2Fa.B…')
  assert.equal(shownPath(path.replace('%3F', '%3f')), shownPath(path))
})

test('every other path is shown whole', () => {
  assert.equal(shownPath('/abox/prod/models/rank'), '/abox/prod/models/rank')
})
