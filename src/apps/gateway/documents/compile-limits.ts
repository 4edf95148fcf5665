import type { Limits } from '#contracts/common'
import type { Method } from '#contracts/service'
import { LimitGroup } from '../limit-group.ts'

/** Throws ABOX_DOCUMENT_INVALID. */
export function serviceLimits(key: string, limits: Limits | undefined): LimitGroup | undefined {
  if (limits === undefined) return undefined
  return new LimitGroup({ document: `services/${key}`, path: '', subject: `service ${key}` }, limits)
}

/** Overloads have limits of their own, so their parameters belong to the name. Throws ABOX_DOCUMENT_INVALID. */
export function methodLimits(key: string, { name, parameters, limits }: Method): LimitGroup | undefined {
  if (limits === undefined) return undefined
  const method = parameters === undefined ? name : `${name}(${parameters.join(',')})`
  const place = { document: `services/${key}`, path: `methods.${method}.`, subject: `service ${key}: method ${method}` }
  return new LimitGroup(place, limits)
}

/** Throws ABOX_DOCUMENT_INVALID. */
export function modelLimits(name: string, limits: Limits | undefined): LimitGroup | undefined {
  if (limits === undefined) return undefined
  return new LimitGroup({ document: `models/${name}`, path: '', subject: `model ${name}` }, limits)
}
