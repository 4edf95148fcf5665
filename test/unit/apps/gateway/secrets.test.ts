import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { AboxError } from '#core/errors'
import { compileModel } from '../../../../src/apps/gateway/documents/compile.ts'
import { createSecretReader } from '../../../../src/apps/gateway/secrets.ts'

const dir = mkdtempSync(join(tmpdir(), 'abox-secrets-'))
after(() => rmSync(dir, { recursive: true }))
writeFileSync(join(dir, 'token'), 'Bearer abc\n')
writeFileSync(join(dir, 'bad'), 'a\r\nx: injected')

const compile = (headers: Record<string, string | { secret: string }>, reader = createSecretReader(dir)) =>
  compileModel(
    {
      kind: 'Model',
      name: 'rank',
      variants: [{ name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x', headers }]
    },
    reader
  )

test('a header that names a secret gets the content of its file', () => {
  assert.deepEqual(compile({ authorization: { secret: 'token' } }).variants[0]?.headers, [
    'authorization',
    'Bearer abc'
  ])
})

test('a secret that is missing or no header value is refused without showing it', () => {
  for (const name of ['nope', 'bad']) {
    assert.throws(
      () => compile({ authorization: { secret: name } }),
      (error) =>
        error instanceof AboxError && error.code === 'ABOX_DOCUMENT_INVALID' && !error.message.includes('injected')
    )
  }
})

test('headers that the gateway writes itself are refused', () => {
  assert.throws(() => compile({ 'Content-Length': '3' }), /found "Content-Length"/)
})
