import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configKeys } from '../../../../src/lib/config-file/index.ts'

test('keys of sections are dotted, those without a section stand alone, in the order of the schema', () => {
  const schema = { properties: { name: {}, http: { properties: { port: {}, host: {} } } } }
  assert.deepEqual(configKeys(schema), ['name', 'http.port', 'http.host'])
})
