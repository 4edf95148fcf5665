import type { Limits } from './common.ts'
import { invalid } from './errors.ts'

/** What the schema of limits cannot say. `subject` begins the message. Throws ABOX_DOCUMENT_INVALID with one line. */
export function checkLimits(subject: string, limits: Limits | undefined): void {
  if (limits === undefined) return
  checkNumbers(subject, '', limits)
  for (const [name, own] of Object.entries(limits.callers ?? {})) checkNumbers(subject, `callers.${name}.`, own)
}

function checkNumbers(
  subject: string,
  path: string,
  { burst, ratePerSecond }: Pick<Limits, 'burst' | 'ratePerSecond'>
): void {
  if (burst === undefined || ratePerSecond !== undefined) return
  throw invalid(`${subject}: limits.${path}burst: found ${burst} without ratePerSecond, expected both or neither`)
}
