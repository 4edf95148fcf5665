import type { AboxError } from '#core/errors'

const STOPPED: ReadonlySet<string> = new Set(['ABOX_HOOK_MEMORY', 'ABOX_HOOK_CRASH'])

/** ABOX_HOOK_RESULT is that of a result which is no data as well, which does no harm; the size is told by its text. */
const TOO_LARGE = /, at most \d+ are allowed$/

/** See `#faultError` in sandbox.ts: the time limit of a call, and how long of that its thread had the CPU. */
const STOPPED_AFTER = /stopped after (\d+) ms \((\d+) ms of them on the CPU\)(?: at its last chance of \d+ ms)?$/

/** Whether a call ended because its function went beyond a limit: of time, of memory, of the size of its result. */
export function isLimitViolation({ code, message }: AboxError): boolean {
  if (code === 'ABOX_HOOK_TIMEOUT') return !wasStarved(message)
  return STOPPED.has(code) || (code === 'ABOX_HOOK_RESULT' && TOO_LARGE.test(message))
}

/** It had less than half of its time from a busy machine, which proves nothing against it. */
function wasStarved(message: string): boolean {
  const [, timeoutMs, cpuMs] = STOPPED_AFTER.exec(message) ?? []
  return cpuMs !== undefined && Number(cpuMs) < Number(timeoutMs) / 2
}
