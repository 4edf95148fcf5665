import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState
} from 'openid-client'
import { AboxError, describe } from '#core/errors'
import { managerErrors } from '../errors.ts'
import { boundedFetch } from './bounded-fetch.ts'

/** What has to be known again when the provider sends the browser back. */
export interface OidcMemo {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** An identity provider: OpenID Connect, authorization code with PKCE. Rejects with ABOX_OIDC. */
export interface OidcProvider {
  /** Where the browser is sent; `redirect` is where it comes back to. */
  begin(redirect: string): Promise<{ readonly url: string; readonly memo: OidcMemo }>
  /** Who has come back to `url`: issuer and subject, as they stand with a user. */
  finish(url: URL, memo: OidcMemo): Promise<string>
}

export interface OidcOptions {
  readonly issuer: string
  readonly clientId: string
  /** Undefined: a public client. */
  readonly secret: string | undefined
}

/** For each request to the provider, s. */
const TIMEOUT_S = 10

/** Asks the provider for its addresses at the first log-in: the manager starts without it. */
export function createOidcProvider(options: OidcOptions): OidcProvider {
  let configuration: Promise<Configuration> | undefined
  const configure = async (): Promise<Configuration> => {
    configuration ??= discover(options)
    try {
      return await configuration
    } catch (error) {
      // The next one asks again.
      configuration = undefined
      throw error
    }
  }
  return {
    begin: (redirect) =>
      guarded(async () => {
        const memo = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
        const url = buildAuthorizationUrl(await configure(), {
          redirect_uri: redirect,
          scope: 'openid',
          state: memo.state,
          nonce: memo.nonce,
          code_challenge: await calculatePKCECodeChallenge(memo.verifier),
          code_challenge_method: 'S256'
        })
        return { url: url.href, memo }
      }),
    finish: (url, { state, nonce, verifier }) =>
      guarded(async () => {
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
        const claims = (await authorizationCodeGrant(await configure(), url, checks)).claims()
        if (claims === undefined) throw new Error('found no ID token')
        return `${claims.iss} ${claims.sub}`
      })
  }
}

async function discover({ issuer, clientId, secret }: OidcOptions): Promise<Configuration> {
  // A provider without TLS is one on the same machine, or a test.
  const insecure = issuer.startsWith('http://') ? [allowInsecureRequests] : []
  // Without it only TLS vouches for an ID token, and not its signature.
  const execute = [enableNonRepudiationChecks, ...insecure]
  return discovery(new URL(issuer), clientId, secret, undefined, {
    execute,
    timeout: TIMEOUT_S,
    [customFetch]: boundedFetch
  })
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new AboxError(managerErrors.ABOX_OIDC, describeAll(error), { cause: error })
  }
}

/** The library says "something went wrong" where a request failed: why stands in the causes. */
function describeAll(error: unknown): string {
  const said = [describe(error)]
  for (let at = error; at instanceof Error && at.cause instanceof Error && said.length < 4; at = at.cause) {
    said.push(describe(at.cause))
  }
  return said.join(': ')
}
