import type { Limits } from '#contracts/common'
import { type Method, methodLabel } from '#contracts/service'
import { LimitGroup } from '../limit-group.ts'

/** undefined: none. Of documents whose rules were checked, here and below. */
export function serviceLimits(key: string, limits: Limits | undefined): LimitGroup | undefined {
  if (limits === undefined) return undefined
  return new LimitGroup({ document: `services/${key}`, path: '', subject: `service ${key}` }, limits)
}

export function methodLimits(key: string, method: Method): LimitGroup | undefined {
  if (method.limits === undefined) return undefined
  const label = methodLabel(method)
  const place = { document: `services/${key}`, path: `methods.${label}.`, subject: `service ${key}: method ${label}` }
  return new LimitGroup(place, method.limits)
}

export function modelLimits(name: string, limits: Limits | undefined): LimitGroup | undefined {
  if (limits === undefined) return undefined
  return new LimitGroup({ document: `models/${name}`, path: '', subject: `model ${name}` }, limits)
}
