import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AboxError } from '#core/errors'
import { managerErrors } from '../../errors.ts'
import type { OidcMemo, OidcProvider } from '../../identity/oidc.ts'
import { readCookie } from '../../identity/sessions.ts'
import { readUserOfSubject } from '../../store/users.ts'
import { type Api, describeRoute, NOTHING, PUBLIC, ROOT, textAnswer } from '../api.ts'
import { begin } from './session.ts'

/** Holds the memo while the browser is at the provider, s. */
const MEMO_S = 600
const MEMO_COOKIE = 'abox-oidc'
const BACK = `${ROOT}/oidc/callback`

/** What providers send back; it is the library that checks it. */
const Text = Type.Optional(Type.String({ maxLength: 4096 }))
const OfProvider = {
  code: Text,
  state: Text,
  iss: Text,
  session_state: Text,
  scope: Text,
  error: Text,
  error_description: Text,
  error_uri: Text
}

/** Logging in by the identity provider. `origin`: where people reach the manager. */
export function oidcRoutes(api: Api, provider: OidcProvider, origin: () => string): void {
  const tag = 'session'
  const secure = (): string => (origin().startsWith('https:') ? '; Secure' : '')
  const setMemo = (reply: FastifyReply, value: string, age: number): void => {
    // Lax: the provider sends the browser here, which Strict takes for a foreign request.
    const attributes = `Path=${BACK}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure()}`
    reply.header('set-cookie', `${MEMO_COOKIE}=${value}; ${attributes}`)
  }
  api.server.get(
    `${ROOT}/oidc/login`,
    {
      config: PUBLIC,
      schema: describeRoute({ tag, summary: 'Log in by the identity provider', answers: { 302: NOTHING } })
    },
    async (request, reply) => {
      // Each may make us ask the provider: it counts whatever comes of it, as a wrong password does.
      api.logins.begin(undefined, request.ip).end(false)
      const { url, memo } = await provider.begin(`${origin()}${BACK}`)
      setMemo(reply, Buffer.from(JSON.stringify(memo)).toString('base64url'), MEMO_S)
      return reply.redirect(url, 302)
    }
  )
  api.server.get(
    BACK,
    {
      config: PUBLIC,
      schema: describeRoute({
        tag,
        summary: 'Where the provider sends the browser back to',
        query: OfProvider,
        openQuery: true,
        answers: { 200: textAnswer('text/html', 'Leads to the page') }
      })
    },
    async (request, reply) => {
      const attempt = api.logins.begin(undefined, request.ip)
      let isRight = false
      try {
        const memo = readMemo(request)
        const subject = await provider.finish(new URL(request.url, origin()), memo)
        const user = await api.store.read((db) => readUserOfSubject(db, subject))
        if (user === undefined) {
          throw new AboxError(managerErrors.ABOX_UNAUTHENTICATED, `no user has the identity ${subject.slice(0, 200)}`)
        }
        await begin(api, request, reply, user.name)
        isRight = true
      } finally {
        attempt.end(isRight)
      }
      setMemo(reply, '', 0)
      // Not a redirect: a browser sends a Strict cookie only with a request that a page of ours begins.
      reply.type('text/html; charset=utf-8')
      return '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>ABox</title>'
    }
  )
}

function readMemo({ headers }: FastifyRequest): OidcMemo {
  try {
    const text = Buffer.from(readCookie(headers.cookie, MEMO_COOKIE) ?? '', 'base64url').toString()
    const { state, nonce, verifier } = JSON.parse(text) as Partial<OidcMemo>
    if (typeof state === 'string' && typeof nonce === 'string' && typeof verifier === 'string') {
      return { state, nonce, verifier }
    }
  } catch {
    // As one that is missing.
  }
  throw new AboxError(managerErrors.ABOX_UNAUTHENTICATED, 'found no log-in that was begun in this browser')
}
