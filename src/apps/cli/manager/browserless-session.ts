import type { NewToken } from '#contracts/api/token'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { ManagerClient } from './client.ts'

export interface NewTokenRequest {
  readonly title: string
  readonly role: string
  readonly businessGroup: string
  readonly environment: string
  readonly days: number
}

/** A session as a browser has one, for what only a session may. */
export interface ManagerSession {
  makeToken(request: NewTokenRequest): Promise<NewToken>
  /** Ends all sessions of the user, this one too where it is his own. `current`: of the one who logged in. */
  changePassword(user: string, current: string, password: string): Promise<void>
  /** Logs out. */
  close(): Promise<void>
}

/** Rejects with the manager's ABOX_UNAUTHENTICATED and ABOX_LOGIN_LIMITED, or ABOX_CLI_MANAGER. */
export async function openSession(url: string, user: string, password: string): Promise<ManagerSession> {
  const open = new ManagerClient(url, undefined)
  const { body, cookie } = await open.logIn(user, password)
  if (cookie === undefined || body.csrf === undefined)
    throw new AboxError(cliErrors.ABOX_CLI_MANAGER, `${url}: gave no cookie at log-in`)
  const client = new ManagerClient(url, { cookie, csrf: body.csrf })
  return {
    async makeToken(request) {
      return (await client.send<NewToken>({ method: 'POST', path: '/tokens', body: request })).body
    },
    async changePassword(user, current, password) {
      const path = `/users/${encodeURIComponent(user)}/password`
      await client.send({ method: 'POST', path, body: { current, password } })
    },
    async close() {
      await client.send({ method: 'DELETE', path: '/session' })
    }
  }
}
