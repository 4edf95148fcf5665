import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHeaders } from '../../../../../src/apps/manager/documents/check-model.ts'

const credentials = [
  ...['authorization', 'Proxy-Authorization', 'cookie', 'x-authorization', 'x-auth', 'X-Auth-Key', 'x-auth-token'],
  ...['Ocp-Apim-Subscription-Key', 'x-functions-key', 'x-access-key', 'x-api_key', 'apikey', 'x-key', 'x-passwd'],
  ...['x-client-secret', 'x-credential', 'x-amz-signature', 'set-cookie', 'x-passphrase']
]
for (const name of credentials) {
  test(`the header ${name} is a credential: no document has its value, and none is told`, () => {
    assert.throws(() => checkHeaders({ [name]: 'hidden' }, 'endpoint e'), {
      code: 'ABOX_DOCUMENT_INVALID',
      message: `ABOX_DOCUMENT_INVALID: endpoint e: headers.${name}: found a value (not shown), expected {secret: <name>}`
    })
    checkHeaders({ [name]: { secret: 'file' } }, 'endpoint e')
  })
}

for (const name of [
  'x-tenant',
  'accept',
  'content-language',
  'user-agent',
  'x-pass-through',
  'seldon',
  'x-model-version'
]) {
  test(`the header ${name} may have its value in the document`, () => {
    checkHeaders({ [name]: 'plain' }, 'endpoint e')
  })
}
