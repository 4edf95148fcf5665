import type { Supervisor } from '../supervisor/supervisor.ts'
import { keyOf } from './kept-trust.ts'

/** An HTTP answer. */
interface Enabled {
  readonly code: number
  readonly answer: object
}

/** Longer reasons are no reasons. */
const MAX_REASON = 1000

/**
 * `POST /hooks/enable` with `{"hook": "rank", "version": "3f2a91bc04de", "reason": "…"}`: the version, which is named by
 * the first 12 hex digits of its digest or by the whole, answers calls again in all instances, and is counted anew; where
 * it has ended an instance, it may run in one again. 400: the body is something else. 404: no instance has disabled such a
 * version or keeps it out; the answer lists those that are.
 */
export function createHookEnabler({
  states,
  tellHooks
}: Pick<Supervisor, 'states' | 'tellHooks'>): (body: unknown) => Promise<Enabled> {
  return async (body) => {
    const { hook, version, reason } = (body ?? {}) as Readonly<Record<string, unknown>>
    if (typeof hook !== 'string' || typeof version !== 'string' || typeof reason !== 'string') {
      return { code: 400, answer: { error: 'expected JSON with hook, version and reason, all of them text' } }
    }
    if (reason.trim() === '' || reason.length > MAX_REASON) {
      return { code: 400, answer: { error: `reason: expected 1 to ${MAX_REASON} characters that say why` } }
    }
    const disabled = (await states()).flatMap(({ hooks }) =>
      hooks.filter((each) => (each.disabled ?? each.crashed) !== undefined)
    )
    const found = disabled.find(
      (each) => each.hook === hook && (each.version === version || each.digest === version.toLowerCase())
    )
    if (found === undefined) {
      const names = [...new Set(disabled.map((each) => `${each.hook}@${each.version}`))]
      return { code: 404, answer: { error: `${hook}@${version} is not disabled`, disabled: names } }
    }
    tellHooks({ kind: 'enable', key: keyOf(hook, found.digest), reason })
    return { code: 202, answer: { status: 'enabled', hook, version: found.version } }
  }
}
