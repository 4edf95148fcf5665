import type { AboxError } from '#core/errors'

const STOPPED: ReadonlySet<string> = new Set(['ABOX_HOOK_TIMEOUT', 'ABOX_HOOK_MEMORY', 'ABOX_HOOK_CRASH'])

/** ABOX_HOOK_RESULT is that of a result which is no data as well, which does no harm; the size is told by its text. */
const TOO_LARGE = /, at most \d+ are allowed$/

/** Whether a call ended because its function went beyond a limit: of time, of memory, of the size of its result. */
export function isLimitViolation({ code, message }: AboxError): boolean {
  return STOPPED.has(code) || (code === 'ABOX_HOOK_RESULT' && TOO_LARGE.test(message))
}
