import type { Method, Service } from '#contracts/service'
import { compileMask } from './mask-rules.ts'

/** What the documents say of recording the calls of a route. */
export interface RecordRule {
  /** Parts per million; undefined = what the gateway's configuration says. */
  readonly ppm: number | undefined
  /** Path rules of what must not be seen, beside those of the configuration. */
  readonly mask: readonly string[]
}

/**
 * The method's own number counts, else the service's. What either masks is masked: a method cannot take back what its service
 * protects. Throws ABOX_JSON_PATH for a bad rule, and for one that masks nothing.
 */
export function recordRule(service: Service, method: Method): RecordRule | undefined {
  if (service.record === undefined && method.record === undefined) return undefined
  const mask = [...(service.record?.mask ?? []), ...(method.record?.mask ?? [])]
  compileMask(mask)
  return { ppm: method.record?.ppm ?? service.record?.ppm, mask }
}
