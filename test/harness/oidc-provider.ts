import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'

/** What a test may have the provider do wrong. */
export interface Faults {
  nonce?: string
  audience?: string
  issuer?: string
  /** Signs with a key that it does not publish. */
  foreignKey?: boolean
  expired?: boolean
  /** Where the answer never ends, as `/token`. */
  endless?: string
}

export interface TestProvider {
  readonly issuer: string
  /** Who is logged in at it. */
  subject: string
  faults: Faults
  close(): Promise<void>
}

interface Asked {
  readonly challenge: string
  readonly nonce: string
  readonly redirect: string
}

/** A small OpenID provider on a free port: one client `abox` with the secret `s3cret`, PKCE required, codes good once. */
export async function startProvider(): Promise<TestProvider> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, Asked>()
  let count = 0
  const provider: TestProvider = { issuer: '', subject: 'subject-1', faults: {}, close: () => Promise.resolve() }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', provider.issuer)
    const json = (body: object, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === provider.faults.endless) {
      response.writeHead(200, { 'content-type': 'application/json' })
      pipeline(Readable.from(endlessly()), response, () => {})
    } else if (url.pathname === '/.well-known/openid-configuration') {
      json({
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/jwks`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256']
      })
    } else if (url.pathname === '/jwks') {
      json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] })
    } else if (url.pathname === '/authorize') {
      const code = `code-${++count}`
      const ask = (name: string): string => url.searchParams.get(name) ?? ''
      codes.set(code, { challenge: ask('code_challenge'), nonce: ask('nonce'), redirect: ask('redirect_uri') })
      response.writeHead(302, { location: `${ask('redirect_uri')}?code=${code}&state=${ask('state')}` }).end()
    } else if (url.pathname === '/token') {
      void readBody(request).then((body) => {
        const asked = codes.get(body.get('code') ?? '')
        codes.delete(body.get('code') ?? '')
        const challenge = createHash('sha256')
          .update(body.get('code_verifier') ?? '')
          .digest('base64url')
        const isClient = body.get('client_id') === 'abox' && body.get('client_secret') === 's3cret'
        if (
          asked === undefined ||
          challenge !== asked.challenge ||
          body.get('redirect_uri') !== asked.redirect ||
          !isClient
        ) {
          json({ error: 'invalid_grant' }, 400)
          return
        }
        const key = provider.faults.foreignKey === true ? foreign.privateKey : keys.privateKey
        json({ access_token: 'a', token_type: 'bearer', id_token: idToken(provider, asked, key) })
      })
    } else json({}, 404)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(provider, {
    issuer: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  })
}

function idToken({ issuer, subject, faults }: TestProvider, { nonce }: Asked, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000) - (faults.expired === true ? 7200 : 0)
  const claims = {
    iss: faults.issuer ?? issuer,
    sub: subject,
    aud: faults.audience ?? 'abox',
    nonce: faults.nonce ?? nonce,
    iat: now,
    exp: now + 600
  }
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'RS256', kid: 'k' })}.${encode(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

/** The beginning of a JSON text without an end. */
function* endlessly(): Iterable<Buffer> {
  yield Buffer.from('{"x":"')
  for (;;) yield Buffer.alloc(64 * 1024, 'a')
}
