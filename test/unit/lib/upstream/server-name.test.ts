import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer } from 'node:tls'
import { createUpstream } from '#lib/upstream'

test('https by address asks for the certificate of the name in Host', async (t) => {
  const asked = Promise.withResolvers<string>()
  // A server without a certificate ends the handshake, after it was told the name.
  const server = createServer({
    SNICallback: (name, done) => {
      asked.resolve(name)
      done(new Error('no certificate'))
    }
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream = createUpstream()
  t.after(async () => {
    await upstream.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const get = upstream.get({
    origin: `https://127.0.0.1:${port}`,
    path: '/',
    host: `models.internal:${port}`,
    timeoutMs: 5000
  })
  await assert.rejects(get, { code: 'ABOX_UPSTREAM_CONNECT' })
  assert.equal(await asked.promise, 'models.internal')
})
