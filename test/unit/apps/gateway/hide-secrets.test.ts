import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Model } from '#contracts/model'
import { compileModel } from '../../../../src/apps/gateway/documents/compile.ts'
import { hideSecrets } from '../../../../src/apps/gateway/hide-secrets.ts'
import type { VariantTarget } from '../../../../src/apps/gateway/routing-table.ts'

function variantWith(headers: object, values: Readonly<Record<string, string>>): VariantTarget | undefined {
  const place = { name: 'a', cluster: 'c', protocol: 'raw', path: '/', endpoints: ['http://10.0.0.1'] }
  const model = { kind: 'Model', name: 'm', variants: [{ ...place, headers }] } as Model
  return compileModel(model, (name) => values[name] ?? '').variants[0]
}

test('values of secrets are replaced by their names wherever they stand, other headers are not', () => {
  const headers = { 'x-plain': 'plain-value', authorization: { secret: 'key' }, 'x-b': { secret: 'other' } }
  const variant = variantWith(headers, { key: 'Bearer a.b*c', other: 'second-key' })
  assert.equal(
    hideSecrets('HTTP status 403: plain-value Bearer a.b*c, second-key; Bearer a.b*c', variant),
    'HTTP status 403: plain-value (secret key), (secret other); (secret key)'
  )
})

test('a value so short that it may be any word is left, and so is a text without a variant', () => {
  assert.equal(hideSecrets('status 403', variantWith({ 'x-a': { secret: 'key' } }, { key: '403' })), 'status 403')
  assert.equal(hideSecrets('status 403', undefined), 'status 403')
})
